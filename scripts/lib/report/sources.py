"""Opens what the command line names: files, folders, standard input, gzip or not. Yields bytes; knows no format."""
import dataclasses
import os
import pathlib
import stat
import sys
import zlib

from .errors import ReportError

BLOCK = 256 << 10  # bytes read at a time: larger ones leave the processor cache
GZIP = b"\x1f\x8b"


@dataclasses.dataclass(frozen=True)
class Source:
    name: str
    path: pathlib.Path | None  # None: standard input
    size: int = 0  # bytes on disk, for the progress bar


def sources_of(names):
    """A Source for each file that the names stand for. A folder stands for all files below it, as an S3 export has them."""
    found = []
    for name in names:
        if name == "-":
            found.append(Source("standard input", None))
            continue
        path = pathlib.Path(name)
        try:
            mode = path.stat().st_mode
            if stat.S_ISDIR(mode):
                files = files_below(path)
                if not files:
                    raise ReportError(f"the folder {name} has no files in it")
                found += files
            else:
                found.append(Source(name, path, path.stat().st_size))
        except OSError as error:
            raise ReportError(f"cannot read {name}: {error.strerror}") from None
    return found


def files_below(folder):
    def failed(error):
        raise error

    found = []
    for parent, folders, files in os.walk(folder, onerror=failed):
        folders.sort()
        for file in sorted(files):
            path = pathlib.Path(parent, file)
            information = path.stat(follow_symlinks=False)
            if stat.S_ISREG(information.st_mode):
                found.append(Source(str(path), path, information.st_size))
    return found


def unpacked_size(sources):
    """About how many bytes the sources have, None where that is not known: of standard input, of gzip files."""
    if any(source.path is None or source.path.suffix == ".gz" for source in sources):
        return None
    return sum(source.size for source in sources)


def blocks(source, tell=lambda count: None):
    """The content in blocks of at most BLOCK bytes, unpacked. `tell` gets the bytes taken from the disk each time."""
    try:
        if source.path is None and sys.stdin is None:
            raise ReportError("there is no standard input: it is closed")
        stream = sys.stdin.buffer if source.path is None else open(source.path, "rb")
        with stream:
            first = stream.read(BLOCK)
            raw = following(stream, first, tell)
            yield from unpacked(raw, source.name) if first.startswith(GZIP) else raw
    except OSError as error:
        raise ReportError(f"cannot read {source.name}: {error.strerror or error}") from None


def following(stream, block, tell):
    while block:
        tell(len(block))
        yield block
        block = stream.read(BLOCK)


def unpacked(raw, name):
    """A gzip file may have several members, one after another, as concatenated files have."""
    inflate = zlib.decompressobj(31)
    try:
        for data in raw:
            while data:
                if inflate.eof:
                    data = data.lstrip(b"\0")  # padding, as on tapes
                    if not data:
                        break
                    if not data.startswith(GZIP[:len(data)]):
                        return  # what follows the last member is not ours
                    inflate = zlib.decompressobj(31)
                out = inflate.decompress(data, BLOCK)
                if out:
                    yield out
                data = inflate.unconsumed_tail or (inflate.unused_data if inflate.eof else b"")
        tail = inflate.flush()
        if tail:
            yield tail
    except zlib.error as error:
        raise ReportError(f"{name} is not a whole gzip file ({error}); fetch it again") from None
    if not inflate.eof:
        raise ReportError(f"{name} is not a whole gzip file (it ends early); fetch it again")
