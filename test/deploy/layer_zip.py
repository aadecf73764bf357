"""Stand-ins for the zips of scripts/build-layer, for tests to which it matters that they are there, not what they do.

    layer_zip.py FOLDER VERSION    writes one for each architecture
"""
import json
import pathlib
import re
import sys
import zipfile

MANIFEST = "share/lambda-vitals/manifest.json"


def zip_with_a_file(path, content, **more):
    """The same bytes every time: files in it are of 1980."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {"extensions/lambda-vitals": content, **more}.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return path


def layer_zip(folder, architecture, version, commit="0123456789012345678901234567890123456789", of=None):
    """`of`: the architecture that the manifest names, if it is another one."""
    manifest = {"name": "lambda-vitals", "version": version, "architecture": of or architecture, "commit": commit,
                "compiler": "GNU-12.2.0"}
    return zip_with_a_file(pathlib.Path(folder) / f"lambda-vitals-{architecture}.zip", architecture,
                           **{MANIFEST: json.dumps(manifest, indent=2)})


def version_of(checkout):
    return re.search(r"project\(\w+ VERSION ([\d.]+)", (checkout / "CMakeLists.txt").read_text())[1]


if __name__ == "__main__":
    for each in ("x86_64", "arm64"):
        layer_zip(sys.argv[1], each, sys.argv[2])
