"""The size of a layer."""
import zipfile

from .places import BUILD


def zip_bytes(binary):
    """Of the binary alone as a layer: what scripts/build-layer makes, for every program alike."""
    BUILD.mkdir(parents=True, exist_ok=True)
    layer = BUILD / "layer.zip"
    entry = zipfile.ZipInfo(f"extensions/{binary.name}")
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o100755 << 16
    with zipfile.ZipFile(layer, "w") as archive:
        archive.writestr(entry, binary.read_bytes(), compresslevel=9)
    return layer.stat().st_size
