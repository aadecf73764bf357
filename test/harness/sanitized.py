"""A run with an extension under sanitizers: scripts/test --preset asan or tsan.

A report fails the test that caused it. A test that makes sense only for the shipped binary is marked
`shipped("why")` and left out. Elsewhere neither does anything.
"""
import collections
import os
import pathlib

import pytest

# The folder that the build of such an extension makes beside it (extension/CMakeLists.txt).
_BESIDE = pathlib.Path(os.environ.get("VITALS_BINARY", ""), "..", "sanitizer-reports").resolve()
REPORTS = _BESIDE if os.environ.get("VITALS_BINARY") and _BESIDE.is_dir() else None

_left_out: collections.Counter[str] = collections.Counter()


def leave_out(config, items):
    if not REPORTS:
        return
    marks = [(item, item.get_closest_marker("shipped")) for item in items]
    items[:] = [item for item, mark in marks if not mark]
    config.hook.pytest_deselected(items=[item for item, mark in marks if mark])
    _left_out.update(mark.args[0] for _, mark in marks if mark)


def tell_left_out(terminalreporter):
    for reason, count in _left_out.most_common():
        terminalreporter.write_line(f"{count:4} tests left out: {reason}")


def _reports():
    return set(REPORTS.iterdir()) if REPORTS else set()


@pytest.fixture(autouse=True)
def no_report():
    """Reports stay where they are: a test that passes when it is run again has failed all the same (scripts/test)."""
    before = _reports()
    yield
    found = [file.read_text(errors="replace") for file in sorted(_reports() - before)]
    assert not found, "\n".join(found)
