"""scripts/soak: a short run passes, and it finds the faults that it checks for."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

from sanitized import REPORTS

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOAK = ROOT / "scripts" / "soak"
sys.path.insert(0, str(ROOT / "test" / "tools" / "soak"))

from footprint import Life  # noqa: E402


@pytest.mark.parametrize("options, seconds", [(["--invocations", "6000" if not REPORTS else "1000"], 60),
                                              (["--invocations", "300", "--freeze", "--seed", "7"], 60),
                                              (["--invocations", "6000" if not REPORTS else "1000", "--lines", "notable,1/50"], 60)])
def test_a_short_run_passes(extension, options, seconds):
    run = subprocess.run([SOAK, *options], capture_output=True, text=True, timeout=seconds,
                         env={**os.environ, "VITALS_BINARY": str(extension)})
    assert "; 0 lines missing" in run.stdout, run.stdout + run.stderr
    if REPORTS or "--lines" in options:  # sanitizers need memory besides the program's; growth is judged without summaries
        growth = ("resident memory", "descriptors grew")
        assert all(any(each in line for each in growth) for line in run.stdout.splitlines() if line.startswith("FAULT ")), run.stdout
    else:
        assert run.returncode == 0 and run.stdout.endswith("passed\n"), run.stdout + run.stderr


@pytest.fixture
def good_lines(play):
    return play([{"invoke": {}, "count": 4}]).lines


def look_at(tmp_path, lines, request_ids):
    """What line_check.py says of these lines, in bytes with their newlines."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    validator = os.environ.get("VITALS_VALIDATOR") or ROOT / "build" / "release" / "emf-validate"
    check = subprocess.Popen([sys.executable, ROOT / "test" / "tools" / "soak" / "line_check.py", fifo, validator, "all"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    fifo.write_text(lines)
    out, _ = check.communicate("".join(each + "\n" for each in request_ids), timeout=30)
    return json.loads(out)


@pytest.mark.parametrize("spoil, fault", [
    (lambda lines: lines, None),
    (lambda lines: lines[:2] + lines[3:], "no line for"),
    (lambda lines: lines[:2] + lines[1:], "a line too many"),
    (lambda lines: [lines[1], lines[0], *lines[2:]], "no line for"),
    (lambda lines: [*lines[:3], lines[3].replace('"event_type"', '"event_type')], "line 4"),
    (lambda lines: [*lines[:3], lines[3].rstrip("\n")], "an unfinished line"),
], ids=["right", "missing", "doubled", "out of order", "malformed", "unfinished"])
def test_a_wrong_line_is_found(tmp_path, good_lines, spoil, fault):
    ids = [json.loads(line)["request_id"] for line in good_lines]
    verdict = look_at(tmp_path, "".join(spoil([line + "\n" for line in good_lines])), ids)
    assert verdict["expected"] == 4
    assert (verdict["faults"] > 0) == (fault is not None), verdict
    assert fault is None or any(shown.startswith(fault) for shown in verdict["shown"])


@pytest.mark.parametrize("resident, descriptors, high_water, fault", [
    ([2000] * 40, [20, 25] * 20, 2500, None),
    (list(range(2000, 2400, 10)), [20] * 40, 2500, "resident memory grew"),
    ([2000] * 40, list(range(20, 60)), 2500, "descriptors grew"),
    ([2000] * 40, [20] * 40, 4096, "resident memory reached"),
])
def test_growth_is_found(resident, descriptors, high_water, fault):
    faults = Life(1, resident, descriptors, high_water).faults
    assert [each for each in faults if each.startswith(fault)] if fault else not faults


def test_an_interrupt_leaves_nothing_behind(extension):
    run = subprocess.Popen([SOAK, "--invocations", "900000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                           start_new_session=True, env={**os.environ, "VITALS_BINARY": str(extension)})
    try:
        end = time.monotonic() + 30
        while not _runs(run.pid, "workload") and time.monotonic() < end:
            time.sleep(0.05)
        started = _descendants(run.pid)
        os.killpg(run.pid, signal.SIGINT)
        assert run.wait(20) == 130
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
    end = time.monotonic() + 5
    while (left := [pid for pid in started if pathlib.Path(f"/proc/{pid}/exe").exists()]) and time.monotonic() < end:
        time.sleep(0.05)
    assert started and not left


def _descendants(pid):
    try:
        children = [int(each) for task in pathlib.Path(f"/proc/{pid}/task").glob("*")
                    for each in (task / "children").read_text().split()]
    except OSError:
        return []
    return children + [each for child in children for each in _descendants(child)]


def _runs(pid, name):
    def called(each):
        try:
            return pathlib.Path(f"/proc/{each}/comm").read_text().strip()
        except OSError:
            return ""
    return name in map(called, _descendants(pid))
