"""The fault matrix, 4: faults of the extension's own process: its descriptors, its environment, its limits, signals
(faults.py says what every row asserts)."""
import contextlib
import fcntl
import os
import random
import re
import resource
import signal
import threading
import time

import pytest

from accuracy import right_or_absent
from faults import WORK_MS, can, high_water_kb, work

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="this row takes root away from the extension: run as root")
ADDRESS_SPACE = pytest.mark.shipped("address space is limited, of which a sanitizer takes terabytes")
DESCRIPTORS = pytest.mark.shipped("descriptors run out, and UBSan needs two to look at a type")
HOSTILE = {
    "empty": "", "long": "x" * 100_000, "control": "\x01\x1b[2J\n\r\t", "not UTF-8": b"\xff\xfe\xc3\x28", "format": "{}%s%n{:d}",
    "json": '"}],{"a":1', "number": "99999999999999999999", "negative": "-1", "commas": "," * 2000, "semicolons": ";" * 2000,
    "equals": "=,a=,=b", "utf-8": "é\u2028\U0001f600",
}
NAMES = ["NAMESPACE", "METRICS", "DIMENSIONS", "FIELDS", "RECORD", "HIGH_RESOLUTION", "EMIT", "SAMPLE_INTERVAL_MS", "TELEMETRY",
         "TELEMETRY_PORT", "NETWORK_INTERFACES", "LOG_LEVEL", "ENABLED", "NO_SUCH"]


# --- standard output and error -------------------------------------------------------------------------------------

@pytest.mark.parametrize("setup", ["exec >&-", "exec 2>&-", "exec >&- 2>&- <&-", "exec >/dev/full", "exec 2>/dev/full",
                                   "exec >/dev/null 2>&1", "exec </dev/null >/"])
def test_standard_descriptors(survive, setup):
    """There is no place for a line if standard output is closed or full."""
    lost = ">&-" in setup.replace("2>&-", "") or ">/dev" in setup.replace("2>/dev", "") or ">/" in setup.split()
    if setup.endswith(">/"):
        setup = "exec </dev/null 1</"
    survive(setup=setup, lines=[0] if lost or "1<" in setup else None)


def fifo(tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    path.chmod(0o600)
    return path, os.open(path, os.O_RDWR | os.O_NONBLOCK)


@pytest.mark.parametrize("count", [3, 200])
def test_a_standard_output_that_is_never_read(survive, tmp_path, count):
    """The pipe and the extension's buffer are bounded; further lines are lost, and a message has their number."""
    path, end = fifo(tmp_path)
    try:
        seen = survive([work(count=count)], setup=f"exec >{path}", lines=[0])
        read = os.read(end, 1 << 20)
        assert len(read) > 1000
    finally:
        os.close(end)
    lost = [int(each) for each in re.findall(r"lines lost so far: (\d+)", seen.warnings)]
    assert read.count(b"\n") + max(lost, default=0) == count and len(lost) < 12


def test_a_standard_output_that_is_read_only_after_shutdown(survive, tmp_path):
    """The extension waits until shortly before the deadline, 2 s after SHUTDOWN, which comes about 0.3 s after the start."""
    path, end = fifo(tmp_path)
    fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, 4096)
    read = bytearray()

    def read_late(scene):
        time.sleep(1.5)
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            with contextlib.suppress(BlockingIOError):
                read.extend(os.read(end, 1 << 16))
            time.sleep(0.002)
    try:
        seen = survive([work(count=12)], setup=f"exec >{path}", disturb=read_late, lines=[0])
    finally:
        os.close(end)
    assert read.count(b"\n") == 12, seen.warnings
    assert "lines lost" not in seen.warnings


@AS_ROOT
def test_a_pipe_of_somebody_else_that_is_read_late(survive, tmp_path):
    """It cannot be opened again, as in Lambda. What was kept goes out as soon as it is read, with no other event."""
    path, end = fifo(tmp_path)
    read = bytearray()
    invoked = threading.Event()

    def read_late(scene):
        time.sleep(0.6)  # 60 invocations of 2 ms are over; the last one goes on
        until = time.monotonic() + 0.6
        while time.monotonic() < until:
            try:
                read.extend(os.read(end, 1 << 16))
            except BlockingIOError:
                time.sleep(0.01)
        invoked.set()
    try:
        seen = survive([work(count=60), work(2500)], setup=f'exec >{path}\nexec setpriv --reuid 65534 --clear-groups "$@"',
                       disturb=read_late, options=["--no-freeze"], lines=[0])
        at_once = read.count(b"\n")
        read.extend(os.read(end, 1 << 20))
    finally:
        os.close(end)
    assert invoked.is_set() and at_once >= 60, seen.warnings
    assert read.count(b"\n") == 61


# --- the environment -----------------------------------------------------------------------------------------------

def test_an_empty_environment(survive):
    survive(setup='exec env -i "AWS_LAMBDA_RUNTIME_API=$AWS_LAMBDA_RUNTIME_API" "$@"')


@pytest.mark.parametrize("kind", HOSTILE)
def test_every_setting_hostile(survive, kind):
    """With any values. If they disable it (ENABLED), there are no lines, as intended."""
    value = HOSTILE[kind]
    if isinstance(value, bytes):
        value = value.decode("utf-8", "surrogateescape")
    survive(env={f"LAMBDA_VITALS_{name}": value for name in NAMES})


@pytest.mark.parametrize("api", ["", "nonsense", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", "[::1:80", "https://host:80", ":"])
def test_no_extensions_api_in_the_environment(survive, api):
    """Then it does not run in Lambda, and reports it."""
    run = survive.play([work()], setup=f"export AWS_LAMBDA_RUNTIME_API='{api}'").run
    assert run.of_type("shutdown")[0]["extensions"]["lambda-vitals"]["exitCode"] == 2
    assert "AWS_LAMBDA_RUNTIME_API" in run.warnings


# --- limits --------------------------------------------------------------------------------------------------------

FEWEST, WITH_TELEMETRY, ENOUGH = 6, 13, 32  # descriptors: base/process_setup.h


@DESCRIPTORS
@pytest.mark.parametrize("descriptors", [*range(FEWEST, 25, 2), WITH_TELEMETRY, ENOUGH])
def test_few_descriptors(survive, descriptors):
    """Every INVOKE has its line. What the platform reports is on it as soon as there is a descriptor for it, and a
    warning names what is absent."""
    seen = survive([work(20, count=5)], setup=f"ulimit -n {descriptors}")
    assert all(("billed_duration" in each) == (descriptors >= WITH_TELEMETRY) for each in seen.records), seen.warnings
    assert ("cannot listen for telemetry" in seen.warnings) == (descriptors < WITH_TELEMETRY)
    assert (f"may open {descriptors} files" in seen.warnings) == (descriptors < ENOUGH)
    if descriptors == ENOUGH:
        assert seen.warnings == ""


@DESCRIPTORS
def test_few_descriptors_and_many_processes(survive):
    """A sum over only some of the processes would be too small."""
    children = {"invoke": {"steps": [{"do": "children", "count": 12, "ms": 40, "at_once": 12}, {"do": "burn", "ms": WORK_MS}]}}
    seen = survive([work(), children], setup=f"ulimit -n {ENOUGH}", slower_ms=2000)
    assert seen.records[1]["processes_max"] == 13
    right_or_absent("cpu_total_time", seen.records[1], 12 * 40 + WORK_MS, at_most=25)


@DESCRIPTORS
@pytest.mark.parametrize("descriptors", [3, FEWEST - 1])
def test_too_few_descriptors_to_start(survive, descriptors):
    """Lambda gives 1,024: it reports the limit and exits, as documented."""
    run = survive.play([work()], setup=f"ulimit -n {descriptors}").run
    assert run.of_type("shutdown")[0]["extensions"]["lambda-vitals"]["exitCode"] == 1
    assert f"may open {descriptors} files (RLIMIT_NOFILE) and needs {FEWEST}" in run.warnings


@DESCRIPTORS
def test_a_low_soft_limit_of_descriptors_is_raised(survive):
    seen = survive([work(20, count=3)], setup="ulimit -S -n 8")
    assert seen.warnings == "" and all("billed_duration" in each for each in seen.records)


@DESCRIPTORS
def test_a_connection_that_breaks_is_opened_again_with_the_last_descriptor(survive):
    """/proc uses every free descriptor, but not that one."""
    survive([work(20, count=3), {"fault": "api:next=reset@times:6"}, work(150, count=6)], setup="ulimit -n 16", slower_ms=500)


def test_a_file_may_not_become_larger(survive, tmp_path):
    """RLIMIT_FSIZE, in blocks of 512 bytes: the lines beyond it are lost, with a message."""
    seen = survive([work(count=4)], setup=f"exec >{tmp_path}/lines\nulimit -f 4", lines=[0])
    assert (tmp_path / "lines").stat().st_size == 4 * 512
    assert re.search(r"standard output does not accept lines: it is closed, .*; lines lost so far: \d+$", seen.warnings, re.MULTILINE)


@DESCRIPTORS
def test_no_descriptor_is_left_when_it_runs(survive):
    """No more descriptors from now on: fields become absent, telemetry stops, nothing spins."""
    def disturb(scene):
        time.sleep(0.1)
        resource.prlimit(scene.pid, resource.RLIMIT_NOFILE, (3, 3))
        scene.cpu = _cpu_s(scene.pid)
        time.sleep(0.5)
        assert _cpu_s(scene.pid) - scene.cpu < 0.2
    survive([work(20, count=40)], disturb=disturb)


def _cpu_s(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@ADDRESS_SPACE
def test_sixteen_megabytes_of_address_space(survive):
    survive([work(20, count=10)], setup="ulimit -v 16384")


@ADDRESS_SPACE
@pytest.mark.parametrize("headroom_kb", [0, 128])
@pytest.mark.parametrize("action", ["huge-id", "deep", "reset"])
def test_memory_cannot_be_allocated(survive, headroom_kb, action):
    """From the middle of the run on the kernel gives it no more memory than this, while large answers arrive."""
    def disturb(scene):
        time.sleep(0.1)
        with open(f"/proc/{scene.pid}/statm") as statm:
            size = int(statm.read().split()[0]) * 4096
        limit = size + headroom_kb * 1024
        resource.prlimit(scene.pid, resource.RLIMIT_AS, (limit, limit))
    survive([work(20, count=30)], disturb=disturb, options=["--fault", f"api:next={action}@every:3"])


@AS_ROOT
@pytest.mark.shipped("no process may be started, and LeakSanitizer starts one at the end")
@pytest.mark.skipif(not can("setpriv --reuid 65534 --clear-groups prlimit --nproc=1 true"), reason="prlimit is missing")
def test_no_more_processes_may_be_started(survive):
    """It starts none. Runs as a user without rights, to whom the limit applies."""
    survive(setup='exec setpriv --reuid 65534 --clear-groups --no-new-privs prlimit --nproc=1 "$@"')


# --- clocks --------------------------------------------------------------------------------------------------------
# The wall clock is the machine's and cannot be set: setting it back or ahead is tested with a fake clock
# (test/unit/invocation/deadlines_test.cpp), as is a steady clock that jumps while an invocation runs.

TIME_NAMESPACE = "unshare --time --monotonic 90000 --boottime 90000"


@pytest.mark.skipif(not can(f'test "$({TIME_NAMESPACE} cut -d. -f1 /proc/uptime)" -gt 90000'),
                    reason="this kernel or user has no time namespaces (Linux 6.1 and root)")
def test_the_steady_clocks_are_a_day_ahead(survive):
    """As after a day in which the sandbox was frozen; only the extension's clocks are."""
    seen = survive([work(60, count=3)], setup=f'exec {TIME_NAMESPACE} "$@"')
    assert all(60 <= record["duration"] < 1000 for record in seen.records)


def test_frozen_for_long_and_thawed(survive):
    """For two seconds instead of an hour, which only the clocks distinguish; several invocations wait meanwhile."""
    def freeze(scene):
        time.sleep(0.1)
        os.kill(scene.pid, signal.SIGSTOP)
        time.sleep(2)
        os.kill(scene.pid, signal.SIGCONT)
    survive([work(), work(400), work(20, count=3)], disturb=freeze, slower_ms=2000, options=["--no-freeze", "--timeout", "10"])


# --- signals -------------------------------------------------------------------------------------------------------

def test_a_storm_of_stops_and_continues(survive):
    """Invocations wait while it is stopped, which is the fault itself."""
    chance = random.Random(4)

    def storm(scene):
        while not scene.over.is_set():
            for number in (signal.SIGSTOP, signal.SIGCONT):
                try:
                    os.kill(scene.pid, number)
                except ProcessLookupError:
                    return
                time.sleep(chance.uniform(0, 0.004))
    survive([work(20, count=25)], disturb=storm, slower_ms=500, options=["--no-freeze"])


@pytest.mark.parametrize("number", ["PIPE", "WINCH", "CHLD", "URG", "CONT", "XFSZ", "XCPU"])
def test_signals_that_mean_nothing(survive, number):
    survive([work(), {"signal": {"process": "extension", "signal": number}}, work(60)])


SIGTERM = {"signal": {"process": "extension", "signal": "TERM"}}


@pytest.mark.parametrize("steps, options, lines", [
    ([SIGTERM], ["--fault", "api:register=hang", "--init-timeout", "2"], 0),
    ([SIGTERM], ["--fault", "api:telemetry=hang", "--init-timeout", "2"], 0),
    ([work(), SIGTERM, {"sleep_ms": 200}], [], 1),
    ([work(), {**work(600), "background": True}, {"sleep_ms": 200}, SIGTERM, {"wait": True}], [], 2),
    ([work(), SIGTERM, SIGTERM, SIGTERM, {"sleep_ms": 100}], ["--fault", "telemetry:drop"], 1),
    ([work(), {"fault": "api:next=503"}, {**work(), "background": True}, {"sleep_ms": 300}, SIGTERM, {"wait": True}], [], 1),
], ids=["at register", "at the subscription", "between invocations", "in an invocation", "before the report", "in a pause"])
def test_sigterm_in_every_state(survive, steps, options, lines):
    """It exits 0, at once, and everything that was received has its line."""
    at_start = options and "init-timeout" in options[-2]
    disturb = _terminate_at_start if at_start else None
    steps = [work()] if at_start else steps
    seen = survive.play(steps, options=options, disturb=disturb)
    run = seen.run
    ended = [each["extensions"]["lambda-vitals"] for each in run.of_type("shutdown")]
    assert 0 in [each["exitCode"] for each in ended] or run.status in (4, 5), run.log
    assert "internal error" not in run.warnings
    assert [each["request_id"] for each in seen.records][:lines] == run.request_ids[:lines]


BLOCKED = """exec python3 -c 'import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
os.execv(sys.argv[1], sys.argv[1:])' "$@"
"""


def test_sigterm_with_every_signal_blocked_by_whoever_started_it(survive):
    """A signal mask is inherited."""
    steps = [work(), {**work(600), "background": True}, {"sleep_ms": 200}, SIGTERM, {"wait": True}]
    run = survive.play(steps, setup=BLOCKED).run
    assert run.status == 5, run.log  # Extension.Crash: it ended in the invocation
    assert [each["request_id"] for each in run.records] == run.request_ids[:2]


def _terminate_at_start(scene):
    os.kill(scene.pid, signal.SIGTERM)


def test_killed_by_the_kernel(survive):
    """The lines of closed windows are written already: all but that of the current invocation. (In sync mode; in async
    mode the last report may not have come yet.)"""
    def kill(scene):
        time.sleep(0.7)
        os.kill(scene.pid, signal.SIGKILL)
    seen = survive.play([work(50, count=4), work(2000)], env={"LAMBDA_VITALS_EMIT": "sync"}, disturb=kill)
    assert seen.run.status == 5  # Extension.Crash
    assert [each["request_id"] for each in seen.records] == seen.run.request_ids[:4]
    assert high_water_kb(1) >= 0
