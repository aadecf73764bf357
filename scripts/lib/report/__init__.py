"""Lambda Vitals' report: EMF lines in, one HTML page or JSON object out. `cli` is the command; docs/report.md describes it."""
import pathlib
import re

_HERE = pathlib.Path(__file__).resolve().parent


def _version():
    """In a wheel that of scripts/build-report, in a clone that of CMakeLists.txt, where it is defined."""
    own = _HERE / "version.txt"
    if own.exists():
        return own.read_text(encoding="utf-8").strip()
    project = _HERE.parents[2] / "CMakeLists.txt"
    found = re.search(r"^project\([^)]*VERSION ([\d.]+)", project.read_text(encoding="utf-8"), re.MULTILINE) if project.exists() else None
    return found.group(1) if found else "0"


VERSION = _version()
