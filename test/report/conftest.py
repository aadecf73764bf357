import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUNDLE = os.environ.setdefault("LAMBDA_VITALS_REPORT_BUNDLE", str(ROOT / "build" / "report" / "bundle.js"))
sys.path.insert(0, str(ROOT / "scripts" / "lib"))
sys.path.insert(0, str(ROOT / "test" / "report"))

from report import analysis, containers, page, sources  # noqa: E402
from report.prices import Prices  # noqa: E402
from report.store import Store  # noqa: E402


@pytest.fixture
def command():
    """Runs the command as a process: (arguments, standard input) to a CompletedProcess."""
    def run(*arguments, stdin=b"", cwd=None):
        return subprocess.run([sys.executable, "-m", "report", *map(str, arguments)], input=stdin, capture_output=True, timeout=120,
                              cwd=cwd, env={"PYTHONPATH": str(ROOT / "scripts" / "lib"), "PYTHONDONTWRITEBYTECODE": "1",
                                            "PATH": "/usr/bin:/bin",
                                            "LAMBDA_VITALS_REPORT_BUNDLE": BUNDLE}, check=False)
    return run


@pytest.fixture
def numbers(tmp_path):
    """What --json prints for records or for bytes, without the process."""
    def analysed(content, price=(), **chosen):
        if not isinstance(content, bytes):
            content = b"".join(json.dumps(record, separators=(",", ":")).encode() + b"\n" for record in content)
        path = tmp_path / "input"
        path.write_bytes(content)
        return analysed_of([path], price, **chosen)
    return analysed


@pytest.fixture
def numbers_of():
    return analysed_of


def analysed_of(paths, price=(), **chosen):
    with Store(**chosen) as store:
        result = analysed_in(store, paths, price)
    json.dumps(result, allow_nan=False)
    return result


def page_of(paths):
    with Store() as store:
        return page.build(store, analysed_in(store, paths))


def analysed_in(store, paths, price=()):
    counts = containers.Counts()
    for source in sources.sources_of(map(str, paths)):
        for block in containers.records(sources.blocks(source), counts):
            store.add(block)
    counted = store.finish()
    counted["other"] += counts.other
    counted["too_long"] = counts.too_long
    return analysis.analyse(store, counted, Prices(own=price))
