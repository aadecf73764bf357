"""Whole lives of the extension under valgrind's memcheck: it reads nothing that was not written, nothing out of bounds, and at
its end nothing is lost and no descriptor is left.

This is the release build, but linked with shared libraries: valgrind replaces malloc by its own library, and a
static program does not load it. VITALS_DYNAMIC is that file (default build/release/lambda-vitals-dynamic).
"""
import os
import pathlib
import re
import shutil

import pytest

from faults import WORK, work

ROOT = pathlib.Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.shipped("valgrind, which does not go with sanitizers"),
    pytest.mark.skipif(not shutil.which("valgrind"), reason="NOTHING IS CHECKED BY MEMCHECK: valgrind is not installed")]
MEMCHECK = ("valgrind --quiet --tool=memcheck --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all "
            "--track-fds=yes --error-exitcode=99")
TERMINATE = {"signal": {"process": "extension", "signal": "TERM"}}
BUSY = {"invoke": {"steps": [*WORK["invoke"]["steps"], {"do": "sleep", "ms": 100}]}}


@pytest.fixture(scope="module")
def dynamic():
    file = pathlib.Path(os.environ.get("VITALS_DYNAMIC") or ROOT / "build" / "release" / "lambda-vitals-dynamic")
    assert file.exists(), f"{file} is not built; scripts/test builds it"
    return file


@pytest.mark.parametrize("life", [
    {},
    {"env": {"LAMBDA_VITALS_EMIT": "sync", "LAMBDA_VITALS_METRICS": "all", "LAMBDA_VITALS_FIELDS": "team=a,stage=b"}},
    {"options": ["--telemetry", "off"]},
    {"options": ["--fault", "telemetry:garble=0.3", "--fault", "telemetry:double=0.3", "--fault", "telemetry:reorder=0.3"]},
    {"options": ["--fault", "api:next=reset@every:2", "--fault", "api:telemetry=500"]},
    {"options": ["--fault", "api:next=close-body@every:3", "--fault", "api:telemetry=garbled"]},
    {"options": ["--fault", "api:next=huge-id@every:2"]},
    {"options": ["--fault", "api:next=deep@every:2"]},
    {"setup": "exec >/dev/full"},
    {"steps": [work(), {**work(3000), "timeout": 0.2}, work(), {"invoke": {"steps": [{"do": "crash", "signal": 11}]}}, work()]},
    {"steps": [work(), TERMINATE, {"sleep_ms": 300}]},
    {"options": ["--fault", "api:register=403"], "exit": 1},
], ids=["plain", "sync", "no telemetry", "corrupted telemetry", "resets", "cut bodies", "huge ids", "deep events", "full output",
        "resets of the sandbox", "SIGTERM", "refused"])
def test_memcheck_finds_nothing(survive, dynamic, tmp_path, life):
    life = {"steps": [work(count=3), BUSY, work()], "exit": 0, "setup": ":", **life}
    steps, status, setup = life.pop("steps"), life.pop("exit"), life.pop("setup")
    log = tmp_path / "memcheck"
    run = survive.play(steps, setup=f'{setup}\nexec {MEMCHECK} --log-file={log}.%p "$@"', binary=dynamic, **life).run
    logs = sorted(tmp_path.glob("memcheck.*"))
    assert logs, run.log + run.warnings
    for text in logs:
        assert not [line for line in text.read_text().splitlines() if not expected(line, log)], text.read_text()
    ended = [each["extensions"]["lambda-vitals"] for each in run.of_type("shutdown")]
    assert {each["exitCode"] for each in ended} == {status}, run.log + run.warnings


def expected(line, log):
    """The descriptors that are open at the end, one on each line: only the log itself is expected."""
    text = re.sub(r"^==\d+== ?", "", line).strip()
    # valgrind's own remarks: it does not know pidfd_open, and the extension does without.
    return (not text or re.match(r"--\d+-- ", line) or text == "<inherited from parent>" or text.startswith("FILE DESCRIPTORS: ")
            or re.fullmatch(rf"Open file descriptor \d+: {re.escape(str(log))}\.\d+", text))
