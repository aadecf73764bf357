"""The release binary in lambda-sandbox: one line for every invocation, whatever happens to it."""
import array
import fcntl
import json
import os
import select
import termios
import threading

import pytest

from accuracy import right_or_absent
from sanitized import REPORTS

INVOKE = {"invoke": {}}


def test_every_kind_of_invocation_gives_its_line(play):
    run = play([INVOKE, {"invoke": {"cpuMs": 20}}, {"invoke": {"sleepMs": 50, "fail": "on purpose"}},
                {"invoke": {"hang": True}, "timeout": 0.5}, INVOKE, {"invoke": {"sleepMs": 50, "exit": 3}}, INVOKE])
    assert run.status == 0, run.log
    assert [each["request_id"] for each in run.records] == run.request_ids
    assert [each.get("status") for each in run.records] == [
        "success", "success", "error", "timeout", "success", "failure", "success"]
    assert [each.get("timeout", False) for each in run.records] == [False] * 3 + [True] + [False] * 3
    assert [each["invocation"] for each in run.records] == [1, 2, 3, 4, 1, 2, 1]
    assert [each["cold_start"] for each in run.records[:2]] == [True, False]
    assert run.warnings == ""


def test_the_line_says_what_the_platform_reported(play):
    run = play([{"invoke": {"sleepMs": 30}, "count": 3}], options=["--memory", "512", "--qualifier", "live"])
    assert len(run.records) == len(run.invocations) == 3
    for record, invocation in zip(run.records, run.invocations):
        assert record["duration"] == pytest.approx(invocation["durationMs"], abs=0.002)
        assert record["billed_duration"] == invocation["billedDurationMs"]
        assert record["billed_mb_ms"] == invocation["billedDurationMs"] * 512
        assert record["total_memory"] == 512
        assert record["version"] == "live"
        assert record["trace_id"] == invocation["traceId"].split(";")[0].removeprefix("Root=")
        assert record["_aws"]["Timestamp"] == pytest.approx(invocation["startMs"], abs=30)
    assert run.records[0]["init_duration"] == pytest.approx(run.invocations[0]["initDurationMs"], abs=0.002)
    assert all("init_duration" not in record for record in run.records[1:])


@pytest.mark.parametrize("count, faults, settings", [
    (1000, ["telemetry:reorder=0.3", "telemetry:double=0.3", "telemetry:garble=0.2"], []),
    (300, ["telemetry:reorder=0.3", "telemetry:double=0.3", "telemetry:garble=0.1", "telemetry:drop=0.1"],
     ["--env", "LAMBDA_VITALS_EMIT=sync"]),
], ids=["async", "sync"])
def test_broken_telemetry_costs_no_line(play, count, faults, settings):
    options = [part for fault in faults for part in ("--fault", fault)]
    run = play([{"invoke": {}, "count": count}], options=[*options, "--seed", "7", "--freeze-ms", "1", *settings])
    assert run.status == 0, run.log
    assert len(run.request_ids) == count and run.of_type("freeze")
    assert [each["request_id"] for each in run.records] == run.request_ids


@pytest.mark.parametrize("fault", [
    "telemetry:delay=300", "telemetry:drop", "telemetry:drop=platform.report", "telemetry:drop=platform.runtimeDone",
    "telemetry:garble", "telemetry:double", "api:telemetry=400", "api:telemetry=403", "api:telemetry=500",
    "api:telemetry=reset", "api:telemetry=hang", "api:telemetry=garbled", "api:next=503@every:3",
    "api:next=close@every:3", "api:next=reset@every:3", "api:next=chunked", "api:next=drip",
])
def test_no_fault_of_the_platform_costs_a_line(play, fault):
    run = play([{"invoke": {"cpuMs": 2}, "count": 5}], options=["--fault", fault])
    assert run.status == 0, run.log + run.warnings
    assert [each["request_id"] for each in run.records] == run.request_ids
    assert len(run.request_ids) == 5


@pytest.mark.socket_diagnostics
def test_without_telemetry_nothing_is_guessed(play):
    run = play([{"invoke": {"sleepMs": 20}, "count": 4}], options=["--telemetry", "off"])
    assert [each["request_id"] for each in run.records] == run.request_ids
    assert len(run.records) == 4
    records = run.records
    for record, invocation in zip(records, run.invocations):
        assert not {"status", "billed_duration", "billed_mb_ms", "init_duration", "response_latency"} & set(record)
        if record is not records[-1] or "duration" in record:  # SHUTDOWN can come before its end is seen
            assert record["duration"] == pytest.approx(invocation["durationMs"], abs=10)


def test_out_of_memory_is_told(play):
    run = play([INVOKE, {"invoke": {"allocateMb": 400, "sleepMs": 1000}}, INVOKE],
               options=["--memory", "256", "--enforce-memory", "--report-after-reset"])
    assert [each["request_id"] for each in run.records] == run.request_ids
    assert [each.get("out_of_memory", False) for each in run.records] == [False, True, False]


def test_the_work_of_the_function_is_measured(play):
    rest = {"invoke": {"sleepMs": 50}}
    run = play([rest, {"invoke": {"cpuMs": 80}}, rest, {"invoke": {"allocateMb": 64, "sleepMs": 60}}, rest,
                {"invoke": {"tmpMb": 8, "sleepMs": 50}}, rest, {"invoke": {"children": 2, "childCpuMs": 50}}, rest],
               options=["--memory", "1769"])
    idle, busy, _, big, _, writer, _, parent, _ = run.records
    used = [json.loads(each["response"])["cpuMs"] for each in run.invocations]
    if right_or_absent("cpu_total_time", busy, used[1], at_most=4):
        assert busy["cpu_total_time"] == pytest.approx(busy["cpu_user_time"] + busy["cpu_system_time"], abs=0.002)
        assert busy["cpu_utilization"] == pytest.approx(100 * busy["cpu_total_time"] / busy["duration"], rel=0.2)
    assert big["memory_peak"] - idle["memory_peak"] == pytest.approx(64, abs=3)
    assert writer["tmp_max"] >= writer["tmp_used"] >= 8 << 20
    right_or_absent("cpu_total_time", parent, used[7], at_most=25)  # children that have exited: ticks of 10 ms each
    assert parent["processes_max"] >= 3
    assert "init_cpu_time" not in busy
    assert ("init_cpu_time" in idle) == ("cpu_total_time" in idle)
    for record in run.records:
        # scripts/bench measures the cost: qemu-user translates code at its first use, and sanitizers are slow.
        assert 0 < record["agent_cpu_time"] < 200
        assert 0 < record["agent_memory_max"] < (32 if not REPORTS else 320)


def test_a_second_sandbox_is_told_from_the_first(play):
    run = play([INVOKE, INVOKE, {"shutdown": "spindown"}, INVOKE])
    assert [each["invocation"] for each in run.records] == [1, 2, 1]
    first, second, third = (each["sandbox_id"] for each in run.records)
    assert first == second != third
    assert run.records[2]["cold_start"]


def test_a_full_standard_output_stops_nothing(play):
    run = play([{"invoke": {}, "count": 5}], options=["--extension-stdout", "/dev/full"])
    assert run.status == 0, run.log
    assert [each["status"] for each in run.invocations] == ["success"] * 5


def test_a_pipe_that_is_read_late_costs_no_line(live, tmp_path, check_lines):
    """More lines than the pipe accepts, and fewer than the extension buffers."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    out = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)  # both ends, so that opening the writing one does not wait for us
    fields = ",".join(f"field_{number:02}={'x' * 90}" for number in range(10))
    read = bytearray()
    try:
        with live(env={"LAMBDA_VITALS_FIELDS": fields}, options=["--extension-stdout", str(fifo)]) as sandbox:
            for _ in range(50):
                assert sandbox.invoke({}).status == 200
            in_pipe = array.array("i", [0])
            fcntl.ioctl(out, termios.FIONREAD, in_pipe)
            last = threading.Thread(target=sandbox.invoke, args=({"sleepMs": 200},))
            last.start()
            while last.is_alive():
                _take(out, read)
            ending = threading.Thread(target=sandbox.terminate)
            ending.start()
            while ending.is_alive():
                _take(out, read)
            _take(out, read)
            request_ids = sandbox.request_ids()
            assert sandbox.warnings == ""
    finally:
        os.close(out)
    lines = check_lines(read.decode().splitlines())
    assert [json.loads(line)["request_id"] for line in lines] == request_ids
    assert len(lines) == 51
    assert 32 << 10 < in_pipe[0] <= 64 << 10 < len(read) - in_pipe[0] < 128 << 10  # the pipe was full, the rest was buffered


def _take(descriptor, into):
    """Everything that is readable now, after a short wait."""
    while select.select([descriptor], [], [], 0.02)[0]:
        into += os.read(descriptor, 1 << 16)
