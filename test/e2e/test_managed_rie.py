"""The real RIE in its Managed mode: many invocations at once, and their lines."""
import concurrent.futures
import json
import os
import pathlib
import time

import pytest
from rie import Rie

FUNCTION = pathlib.Path(__file__).resolve().parents[1] / "functions" / "concurrent"
ENVIRONMENT = {"AWS_LAMBDA_INITIALIZATION_TYPE": "lambda-managed-instances", "AWS_LAMBDA_LOG_FORMAT": "JSON"}


@pytest.fixture
def managed(rie, extension):
    """Starts the RIE with this many invocations at once. It runs everything as another user, which needs root."""
    if os.getuid() != 0:
        pytest.skip("the RIE's Managed mode needs root")

    def start(concurrency, **settings):
        env = {**ENVIRONMENT, "AWS_LAMBDA_MAX_CONCURRENCY": str(concurrency), **settings.pop("env", {})}
        return Rie(rie, extension, ["./bootstrap"], cwd=FUNCTION, env=env, memory=2048,
                   bootstrap=(FUNCTION / "bootstrap").read_text(), **settings)

    return start


def invoke_until_accepted(lambda_, event):
    """The emulator refuses an invocation with 400 without an idle worker: one that has answered and polled again.
    That is not an invocation."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        reply = lambda_.invoke(event)
        if reply.status != 400:
            return reply
        time.sleep(0.005)
    raise TimeoutError(reply)


def invoke_all(lambda_, events, at_once):
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda event: invoke_until_accepted(lambda_, event), events))


class Lines:
    """The lines of a sandbox that has ended: those of invocations and those of the environment."""

    def __init__(self, lambda_, check_lines):
        text = lambda_.emf_lines()
        check_lines(text)
        records = [json.loads(line) for line in text]
        assert all({"timestamp", "level"} <= set(each) for each in records)
        self.invocations = [each for each in records if "request_id" in each]
        self.environment = [each for each in records if "request_id" not in each]


@pytest.mark.parametrize("concurrency", [4, 64])
def test_each_invocation_has_its_line(managed, check_lines, concurrency):
    with managed(concurrency) as lambda_:
        replies = invoke_all(lambda_, [{"sleepMs": 200}] * concurrency, concurrency)
        assert [each.status for each in replies] == [200] * concurrency
        lambda_.terminate()
        lines = Lines(lambda_, check_lines)
        assert sorted(each["request_id"] for each in lines.invocations) == sorted(each.json()["requestId"] for each in replies)
        assert {each["status"] for each in lines.invocations} == {"success"}
        assert all(each["duration"] >= 200 for each in lines.invocations)
        assert sorted(each["concurrency"] for each in lines.invocations) == list(range(1, concurrency + 1))
        (environment,) = lines.environment
        assert environment["concurrency_max"] == concurrency
        assert (environment["invocations"], environment["errors"], environment["timeouts"]) == (concurrency, 0, 0)
        busy = sum(each["duration"] for each in lines.invocations)
        assert environment["concurrency_avg"] == pytest.approx(busy / environment["interval"], rel=0.03, abs=0.02)
        assert environment["total_memory"] == 2048


def test_a_thousand_invocations_sixteen_at_once(managed, check_lines):
    with managed(16) as lambda_:
        replies = invoke_all(lambda_, [{"sleepMs": 3}] * 1000, 16)
        assert [each.status for each in replies] == [200] * 1000
        # The emulator drops a batch of telemetry that is due, as at SHUTDOWN, while the one before it is on its way.
        time.sleep(1)
        lambda_.terminate()
        lines = Lines(lambda_, check_lines)
        assert sorted(each["request_id"] for each in lines.invocations) == sorted(each.json()["requestId"] for each in replies)
        assert all(1 <= each["concurrency"] <= 16 for each in lines.invocations)
        assert sum(each["invocations"] for each in lines.environment) == 1000


def test_errors_and_timeouts_are_on_their_lines(managed, check_lines):
    with managed(4, timeout=1) as lambda_:
        invoke_all(lambda_, [{}, {"fail": "Function.Wrong"}, {"sleepMs": 1600}, {}], 4)
        time.sleep(1)
        lambda_.terminate()
        lines = Lines(lambda_, check_lines)
        statuses = sorted(each["status"] for each in lines.invocations)
        assert statuses == ["error", "success", "success", "timeout"]
        (failed,) = [each for each in lines.invocations if each["status"] == "error"]
        assert failed["error_type"] == "Function.Wrong"
        (late,) = [each for each in lines.invocations if each["status"] == "timeout"]
        assert late["timeout"] is True
        (environment,) = lines.environment
        assert (environment["invocations"], environment["errors"], environment["timeouts"]) == (4, 1, 1)


def test_a_crash_of_the_runtime_ends_the_environment_with_all_lines(managed, check_lines):
    with managed(4) as lambda_:
        good = invoke_all(lambda_, [{"sleepMs": 20}] * 8, 4)
        assert [each.status for each in good] == [200] * 8
        invoke_until_accepted(lambda_, {"exit": 3})
        end = time.monotonic() + 8
        while time.monotonic() < end and not any("shutdown_reason" in line for line in lambda_.emf_lines()):
            time.sleep(0.05)
        lines = Lines(lambda_, check_lines)
        assert len(lines.invocations) == 9
        assert sorted(each.get("status", "none") for each in lines.invocations)[:1] != ["success"]
        assert lines.environment[-1]["shutdown_reason"]


def test_cpu_of_the_environment_is_that_of_its_processes(managed, check_lines):
    with managed(4, env={"CONCURRENT_PROCESSES": "1"}) as lambda_:
        used = {}
        for _ in range(3):
            for reply in invoke_all(lambda_, [{"cpuMs": 150}] * 4, 4):
                used[reply.json()["pid"]] = max(used.get(reply.json()["pid"], 0), reply.json()["cpuMs"])
        lambda_.terminate()
        (environment,) = Lines(lambda_, check_lines).environment
        assert environment["cpu_total_time"] == pytest.approx(sum(used.values()), rel=0.02, abs=15)
