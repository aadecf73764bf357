"""How large a function's code and its layers are once unpacked: Lambda allows 250 MB for all of it, and its API names only the
sizes of the zips. What is inside is read from the ends of the zips, where their tables of contents are."""
import io
import urllib.request
import zipfile

from attach.errors import Failed

LIMIT = 250 * 2**20
OFTEN_FINE = 40 * 2**20  # bytes of zips below which nothing is read: they would have to shrink to a sixth


class Remote(io.RawIOBase):
    """A file at a URL, of which only the parts that are read are fetched."""

    def __init__(self, url, size):
        self._url, self._size, self._at = url, size, 0

    def seekable(self):
        return True

    def readable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def tell(self):
        return self._at

    def readinto(self, buffer):
        end = min(self._at + len(buffer), self._size)
        if end <= self._at:
            return 0
        asked = urllib.request.Request(self._url, headers={"Range": f"bytes={self._at}-{end - 1}"})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            data = answer.read(end - self._at)
            if answer.status != 206 and self._at:
                raise OSError("the server does not give parts of a file")
        buffer[:len(data)] = data
        self._at += len(data)
        return len(data)


def unpacked(url, size):
    with zipfile.ZipFile(io.BufferedReader(Remote(url, size), 65536)) as archive:
        return sum(each.file_size for each in archive.infolist())


def refusal(aws, function, layer):
    """Why the function has no room for one more layer, or "". Where that cannot be found out, Lambda decides."""
    try:
        new = _of_layer(aws, layer.arn)
        if function.code_size + sum(function.layer_sizes) + new["CodeSize"] < OFTEN_FINE:
            return ""
        code = aws.call("lambda", "get_function", FunctionName=function.name)["Code"]["Location"]
        total = unpacked(code, function.code_size) + unpacked(new["Location"], new["CodeSize"])
        for each in function.layers:
            content = _of_layer(aws, each.arn)
            total += unpacked(content["Location"], content["CodeSize"])
    except (Failed, OSError, KeyError, ValueError, zipfile.BadZipFile):
        return ""
    if total <= LIMIT:
        return ""
    return (f"its code and layers would be {total / 2**20:.1f} MB unpacked, and Lambda allows {LIMIT // 2**20}: take something out "
            "of it, or make it a container image (docs/container-images.md)")


def _of_layer(aws, arn):
    name, _, number = arn.rpartition(":")
    return aws.call("lambda", "get_layer_version", LayerName=name, VersionNumber=int(number))["Content"]
