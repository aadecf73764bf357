"""The release binary under the real Runtime Interface Emulator: no telemetry, no freeze, one stream for all output."""
import json

import pytest

from accuracy import right_or_absent

def records(lambda_):
    return [json.loads(line) for line in lambda_.emf_lines()]


@pytest.mark.parametrize("emit", ["async", "sync"])
@pytest.mark.parametrize("runtime", ["shell", "python"])
def test_three_invocations_give_three_lines(under_rie, check_lines, runtime, emit):
    with under_rie(runtime, env={"LAMBDA_VITALS_EMIT": emit}) as lambda_:
        invoked = [lambda_.invoke().json()["requestId"] for _ in range(3)]
        assert lambda_.terminate() == 0
        lines = check_lines(lambda_.emf_lines())
        ids = [json.loads(line)["request_id"] for line in lines]
        assert ids == invoked == lambda_.request_ids()


@pytest.mark.parametrize("emit", ["async", "sync"])
def test_a_timeout_gives_its_line_and_the_extension_comes_back(under_rie, check_lines, emit):
    with under_rie("python", timeout=1, env={"LAMBDA_VITALS_EMIT": emit}) as lambda_:
        lambda_.invoke()
        assert "timed out" in lambda_.invoke({"hang": True}).body
        assert "requestId" in lambda_.invoke().json()
        lambda_.terminate()
        check_lines(lambda_.emf_lines())
        assert [each["request_id"] for each in records(lambda_)] == lambda_.request_ids()
        assert [each.get("timeout", False) for each in records(lambda_)] == [False, True, False]


def test_a_crash_gives_its_line_and_the_extension_comes_back(under_rie, check_lines):
    with under_rie("python") as lambda_:
        lambda_.invoke()
        assert lambda_.invoke({"exit": 3}).status == 502
        assert "requestId" in lambda_.invoke().json()
        lambda_.terminate()
        check_lines(lambda_.emf_lines())
        assert [each["request_id"] for each in records(lambda_)] == lambda_.request_ids()


def test_an_error_gives_its_line(under_rie, check_lines):
    with under_rie("python") as lambda_:
        assert lambda_.invoke({"fail": "on purpose"}).json()["errorMessage"] == "on purpose"
        lambda_.terminate()
        assert [json.loads(line)["request_id"] for line in check_lines(lambda_.emf_lines())] == lambda_.request_ids()


def test_what_the_platform_did_not_tell_is_not_on_the_line(under_rie):
    with under_rie("python") as lambda_:
        lambda_.invoke()
        lambda_.terminate()
        (record,) = records(lambda_)
        assert not {"billed_duration", "billed_mb_ms", "init_duration", "response_latency", "trace_id", "version"} & set(record)


def test_the_trace_id_of_the_caller_is_on_the_line(under_rie):
    root = "1-5759e988-bd862e3fe1be46a994272793"
    with under_rie("python") as lambda_:
        lambda_.invoke(headers={"X-Amzn-Trace-Id": f"Root={root};Parent=53995c3f42cd8ad8;Sampled=1"})
        lambda_.terminate()
        assert [each["trace_id"] for each in records(lambda_)] == [root]


def test_a_leak_shows_and_what_the_share_of_the_cpu_is_of(under_rie):
    with under_rie("python", memory=128) as lambda_:
        for _ in range(12):
            lambda_.invoke({"leakMb": 4, "sleepMs": 20})
        lambda_.terminate()
        # Absent where the end was seen late, which is often without telemetry.
        ends = {number: each["memory_end"] for number, each in enumerate(records(lambda_)) if "memory_end" in each}
        assert len(ends) >= 2
        first = min(ends)
        for number, end in ends.items():
            assert end - ends[first] == pytest.approx(4 * (number - first), abs=0.5)
        assert [each["cpu_count"] for each in records(lambda_)] == [0.072] * 12


@pytest.mark.socket_diagnostics  # which tell the end of an invocation, and so which time it waited
def test_what_does_not_run_and_does_not_sleep_waits_for_the_cpu(under_rie):
    with under_rie("python") as lambda_:
        truths = [lambda_.invoke({"cpuMs": 150}).json() for _ in range(3)]
        lambda_.terminate()
        known = [(record, each) for record, each in zip(records(lambda_), truths) if "cpu_wait_time" in record]
        assert known
        for record, each in known:
            waited = each["wallMs"] - each["cpuMs"]
            assert waited - 2 <= record["cpu_wait_time"] <= waited * 1.1 + 30  # and the runtime before and after it


def test_the_work_of_the_function_is_measured(under_rie):
    rest = {"sleepMs": 50}
    events = (rest, {"cpuMs": 80}, rest, {"allocateMb": 64, "sleepMs": 60}, rest, {"children": 2, "childCpuMs": 50}, rest)
    with under_rie("python", memory=1769) as lambda_:
        used = [lambda_.invoke(event).json()["cpuMs"] for event in events]
        lambda_.terminate()
        idle, busy, _, big, _, parent, _ = records(lambda_)
        right_or_absent("cpu_total_time", busy, used[1], at_most=4)
        assert big["memory_peak"] - idle["memory_peak"] == pytest.approx(64, abs=3)
        right_or_absent("cpu_total_time", parent, used[5], at_most=25)
        assert "init_cpu_time" not in busy
        assert ("init_cpu_time" in idle) == ("cpu_total_time" in idle)
