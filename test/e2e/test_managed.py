"""Managed Instances in lambda-sandbox: what the extension registers for, and its lines from telemetry."""
import http.client
import json
import re
import time

import pytest
import sandbox as lambda_sandbox

from accuracy import near, note, right_or_absent
from conftest import FUNCTIONS

CONCURRENT = {"runtime": ["./bootstrap"], "cwd": FUNCTIONS / "concurrent"}
MANAGED = ["--managed", "--concurrency", "8"]
# The extension does not know where it runs: it learns that from the answer to its registration.
UNKNOWN = [*MANAGED, "--extension-env", "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand"]


def lines_of(run):
    """Those of invocations and those of the environment."""
    assert run.status == 0, run.log + run.warnings
    assert all({"timestamp", "level"} <= set(each) for each in run.records)
    return [[each for each in run.records if ("request_id" in each) == of_invocation] for of_invocation in (True, False)]


@pytest.mark.parametrize("options", [MANAGED, UNKNOWN], ids=["by its environment", "by the refusal of INVOKE"])
def test_a_function_on_managed_instances_works(play, options):
    run = play([{"invoke": {"sleepMs": 20}, "count": 24}], options=options, **CONCURRENT)
    invocations, (environment,) = lines_of(run)
    assert run.warnings == ""
    (ended,) = run.of_type("shutdown")
    assert (ended["extensions"]["lambda-vitals"]["exitCode"], ended["extensions"]["lambda-vitals"]["killed"]) == (0, False)
    assert [each["extension"] for each in run.of_type("subscription")] == ["lambda-vitals"]
    assert len(run.of_type("init")) == 1
    assert sorted(each["request_id"] for each in invocations) == sorted(run.request_ids)
    assert all(each["status"] == "success" for each in invocations)
    assert max(each["concurrency"] for each in invocations) == environment["concurrency_max"] == 8
    assert environment["invocations"] == 24
    assert re.fullmatch(r"[\d/]+function\[1\][0-9a-f]{32}", environment["instance_id"])


@pytest.mark.parametrize("fault", ["telemetry:double", "telemetry:reorder", "telemetry:delay=300"])
def test_each_invocation_has_one_line_whatever_telemetry_does(play, fault):
    run = play([{"invoke": {"sleepMs": 2}, "count": 60}, {"sleep_ms": 900}], options=[*MANAGED, "--fault", fault], **CONCURRENT)
    invocations, _ = lines_of(run)
    assert sorted(each["request_id"] for each in invocations) == sorted(run.request_ids)


@pytest.mark.parametrize("lost", ["platform.start", "platform.report"])
def test_an_invocation_has_its_line_also_when_one_of_its_events_is_lost(play, lost):
    run = play([{"invoke": {}, "count": 20}], options=[*MANAGED, "--fault", f"telemetry:drop={lost}"], **CONCURRENT)
    invocations, _ = lines_of(run)
    assert sorted(each["request_id"] for each in invocations) == sorted(run.request_ids)
    assert all(("duration" in each) == (lost == "platform.start") for each in invocations)


def test_errors_timeouts_and_the_end_of_the_runtime(play):
    run = play([{"invoke": {"fail": "Function.Wrong"}}, {"invoke": {"sleepMs": 900}, "timeout": 0.2}, {"invoke": {}},
                {"invoke": {"sleepMs": 800}, "count": 3, "background": True}, {"sleep_ms": 300}, {"invoke": {"exit": 3}}],
               options=MANAGED, **CONCURRENT)
    invocations, environments = lines_of(run)
    assert [each["status"] for each in invocations[:3]] == ["error", "timeout", "success"]
    assert invocations[0]["error_type"] == "Function.Wrong" and invocations[1]["timeout"] is True
    assert sorted(each["request_id"] for each in invocations) == sorted(run.request_ids)
    # The runtime's exit ends the environment: SHUTDOWN says that it failed.
    assert [each["status"] for each in invocations[3:]] == ["failure"] * 4
    assert environments[-1]["shutdown_reason"] == "failure"


# On a busy machine the extension may not run for so long: the best of several runs counts.
RUNS, WRITTEN_MS = 3, 300


def test_1600_open_invocations_are_written_within_300_ms_of_shutdown(play):
    took = []
    while len(took) < RUNS and min(took, default=WRITTEN_MS + 1) > WRITTEN_MS:
        took.append(milliseconds_to_end_1600(play))
    note(f"1,600 open invocations are written {min(took):.1f} ms after SHUTDOWN")
    assert min(took) <= WRITTEN_MS


def milliseconds_to_end_1600(play):
    run = play([{"invoke": {"sleepMs": 20000}, "count": 1600, "background": True, "timeout": 60}, {"sleep_ms": 4000},
                {"shutdown": "spindown"}],
               options=["--managed", "--concurrency", "1600", "--init-timeout", "60"], seconds=90, **CONCURRENT)
    invocations, environments = lines_of(run)
    assert len({each["request_id"] for each in invocations}) == 1600
    assert not any("status" in each or "duration" in each for each in invocations)
    assert environments[-1]["concurrency_max"] == 1600
    (ended,) = run.of_type("shutdown")
    return ended["extensions"]["lambda-vitals"]["afterMs"]


# Children of a runtime, as Python has one for each of its invocations at once. Their truth is what each of them says of itself.
PROCESSES = ["--runtime-env", "CONCURRENT_PROCESSES=1", "--no-freeze"]


def test_cpu_and_memory_are_those_of_the_processes(play):
    run = play([{"invoke": {"cpuMs": 100}, "count": 12}, {"invoke": {"allocateMb": 60, "sleepMs": 1500}, "count": 4}],
               options=["--managed", "--concurrency", "4", "--memory", "2048", *PROCESSES], **CONCURRENT)
    _, (environment,) = lines_of(run)
    answers = [json.loads(each["response"]) for each in run.invocations]
    cpu_ms = {each["pid"]: max(other["cpuMs"] for other in answers if other["pid"] == each["pid"]) for each in answers}
    assert len(cpu_ms) == 4
    # What they use after their last answer, and what each used before it was a process of its own, is theirs, too.
    near("cpu_total_time", environment["cpu_total_time"], sum(cpu_ms.values()), at_most=20, or_share=0.02)
    assert environment["processes_max"] == 4
    # Doubtful is absent: a maximum that is there has all of the memory in it.
    truth_mb = sum(each.get("pssKb", 0) for each in answers) / 1024
    right_or_absent("memory_peak", environment, truth_mb, at_most=1, or_share=0.02)
    if "memory_utilization_max" in environment:
        assert environment["memory_utilization_max"] >= truth_mb * 0.98 / 2048 * 100


# Bounded memory: what is in flight, and what will never have a report. Posted as the platform does, which only the extension sees.
STARTS, BATCH, MOST_MORE_KB = 102_000, 1000, 4096  # of 100,000 the report is lost, and 1,600 and more are open at the end


def starts(first, count):
    """A batch of platform.start."""
    at = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    return json.dumps([{"time": at, "type": "platform.start", "record": {
        "requestId": f"00000000-0000-4000-8000-{number:012x}", "version": "$LATEST",
        "functionArn": "arn:aws:lambda:eu-west-1:123456789012:function:orders:live",
        "tracing": {"type": "X-Amzn-Trace-Id", "value": f"Root=1-6724979f-{number:024x};Sampled=1"}}}
        for number in range(first, first + count)])


def post(port, body):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("POST", "/", body)
    assert connection.getresponse().status == 200
    connection.close()


def peak_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:"))


def test_memory_is_bounded_whatever_is_in_flight(extension, check_lines):
    settings = {"options": MANAGED, "cwd": CONCURRENT["cwd"]}
    with lambda_sandbox.LiveSandbox(extension, CONCURRENT["runtime"], **settings) as sandbox:
        assert sandbox.invoke({}).status == 200
        (init,), (subscription,) = sandbox.of_type("init"), sandbox.of_type("subscription")
        pid = init["extensions"]["lambda-vitals"]["pid"]
        before = peak_kb(pid)
        for first in range(0, STARTS, BATCH):
            post(subscription["port"], starts(first, BATCH))
        more = peak_kb(pid) - before
        sandbox.terminate()
        lines = check_lines(sandbox.emf_lines())
    note(f"memory: {more} kB more for {STARTS} without a report")
    assert more <= MOST_MORE_KB
    assert len({json.loads(line).get("request_id") for line in lines}) == STARTS + 2  # with the real one, and the environment's
