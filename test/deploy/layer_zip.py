"""A stand-in for the zips of scripts/build-layer, for tests to which it matters that they are there, not what they hold."""
import zipfile


def zip_with_a_file(path, content):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("extensions/lambda-vitals", content)
    return path
