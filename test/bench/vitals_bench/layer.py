"""The size of a layer."""
import platform
import zipfile

from .places import BUILD, ROOT

NAMES = {"x86_64": "x86_64", "aarch64": "arm64"}


def our_layer():
    """What scripts/build-layer makes, with the licences and the manifest."""
    return ROOT / "build" / "layer" / f"lambda-vitals-{NAMES[platform.machine()]}.zip"


def zip_bytes(binary):
    """Of the binary alone as a layer, for every program alike."""
    BUILD.mkdir(parents=True, exist_ok=True)
    layer = BUILD / "layer.zip"
    entry = zipfile.ZipInfo(f"extensions/{binary.name}")
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o100755 << 16
    with zipfile.ZipFile(layer, "w") as archive:
        archive.writestr(entry, binary.read_bytes(), compresslevel=9)
    return layer.stat().st_size
