"""Timeouts, crashes and out-of-memory kills of the function, one after the other: each takes down the whole sandbox, and the
extension with it. It comes back each time, and each lost invocation has its line.

VITALS_RIE_RESETS is their number under the real RIE (default 3), which takes a second or more for each.
"""
import json
import os
import random

import pytest

from accuracy import right_or_absent
from faults import MEMORY_LIMIT_KB, work
from sanitized import REPORTS

RESETS = 100
RIE_RESETS = int(os.environ.get("VITALS_RIE_RESETS", "3"))
TIMEOUT_S = 0.3 if not REPORTS else 0.5  # in which the extension must have started, also on a busy machine
ENDINGS = {
    "timeout": {"invoke": {"steps": [{"do": "sleep", "ms": 60_000}]}, "timeout": TIMEOUT_S},
    "exit": {"invoke": {"steps": [{"do": "crash", "status": 1}]}},
    "signal": {"invoke": {"steps": [{"do": "crash", "signal": 11}]}},
    "out of memory": {"invoke": {"steps": [{"do": "exceed"}]}},
}
MEMORY_MB = 64 if not REPORTS else 512  # the whole sandbox's, in which the extension is
STATUSES = {"timeout": "timeout"}


def test_a_hundred_in_a_row(survive):
    chance = random.Random(8)
    endings = list(ENDINGS) * (RESETS // len(ENDINGS))
    chance.shuffle(endings)
    steps = [work(), *(ENDINGS[each] for each in endings), work()]
    seen = survive.play(steps, options=["--memory", str(MEMORY_MB), "--enforce-memory", "--no-freeze"], seconds=170)
    run = seen.run
    assert run.status == 0, run.log + run.warnings
    assert [each["request_id"] for each in seen.records] == run.request_ids
    assert len(seen.records) == RESETS + 2
    for record, ending in zip(seen.records[1:-1], endings):
        assert record.get("status") == STATUSES.get(ending, "failure"), (ending, record)
        assert record.get("timeout", False) == (ending == "timeout")
    assert all(record["invocation"] == 1 for record in seen.records[2:])  # a new life each
    assert len({record["sandbox_id"] for record in seen.records}) == RESETS + 1
    for shutdown in run.of_type("shutdown"):
        ended = shutdown["extensions"]["lambda-vitals"]
        assert (ended["exitCode"], ended["killed"]) == (0, False)
    assert seen.high_water_kb < MEMORY_LIMIT_KB


@pytest.mark.parametrize("emit", ["async", "sync"])
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_retry_after_a_reset_has_its_own_outcome(survive, ending, emit):
    """The first attempt's runtimeDone and report, with the same request id, reach the new process."""
    retry = {"invoke": {"steps": [{"do": "burn", "ms": 60}, {"do": "sleep", "ms": 100}]}, "requestId": "retried"}
    first = {**ENDINGS[ending], "requestId": "retried"}
    if ending == "timeout":
        first["invoke"] = {"steps": [{"do": "burn", "ms": 300}, *first["invoke"]["steps"]]}
        first["timeout"] = 0.4
    seen = survive.play([first, retry, work(20), work(20)], env={"LAMBDA_VITALS_EMIT": emit},
                        options=["--report-after-reset", "--memory", str(MEMORY_MB), "--enforce-memory"])
    run = seen.run
    assert run.status == 0, run.log + run.warnings
    assert [each["request_id"] for each in seen.records] == run.request_ids
    failed, retried, next_one = seen.records[:3]
    invocation = run.invocations[1]
    assert failed["status"] == STATUSES.get(ending, "failure")
    assert retried["status"] == "success" and not {"timeout", "error_type", "out_of_memory"} & set(retried)
    assert abs(retried["duration"] - invocation["durationMs"]) < (1 if emit == "async" else 100), retried
    right_or_absent("cpu_total_time", retried, 60, at_most=20 if not REPORTS else 60)
    assert next_one.get("cpu_total_time", 0) < 50  # nothing of the retry


@pytest.mark.parametrize("event", [{"hang": True}, {"exit": 3}], ids=["timeouts", "crashes"])
def test_in_a_row_under_rie(under_rie, check_lines, event):
    with under_rie("python", timeout=1) as lambda_:
        for _ in range(RIE_RESETS):
            lambda_.invoke(event)
        good = lambda_.invoke({"cpuMs": 5})
        lambda_.terminate()
        lines, request_ids = lambda_.emf_lines(), lambda_.request_ids()
    assert good.status == 200 and good.json()["cpuMs"] >= 5
    assert len(request_ids) == RIE_RESETS + 1
    assert [each["request_id"] for each in map(json.loads, check_lines(lines))] == request_ids


LIVES = 12


def check_nothing_is_made_up(records):
    """A runtime that ends at once has mostly ended before its first sample; then nothing is known of it."""
    assert len(records) == LIVES
    for record in records:
        for name, least in {"memory_peak": 2, "fd_use": 3, "cpu_total_time": 0.001, "init_cpu_time": 5, "threads_max": 1}.items():
            assert record.get(name, least) >= least, record
        # Without telemetry it is the sum of the samples, and mostly the function's.
        assert record.get("used_memory_max", 100) > 5, record
        # Without a sample nothing is known; with one, memory may still be in doubt: its peak, or that of the init before it.
        assert "fd_use" in record or "memory_peak" not in record, record
        assert {"memory_peak", "billed_duration"} & set(record) or "used_memory_max" not in record, record  # or the report has it


@pytest.mark.parametrize("telemetry", ["on", "off"])
def test_a_runtime_that_ends_at_once(play, telemetry):
    run = play([{"invoke": {"exit": 7}, "count": LIVES}], options=["--telemetry", "off"] if telemetry == "off" else [])
    assert run.status == 0, run.log + run.warnings
    check_nothing_is_made_up(run.records)


def test_a_runtime_that_ends_at_once_under_rie(under_rie, check_lines):
    with under_rie("python") as lambda_:
        for _ in range(LIVES):
            assert lambda_.invoke({"exit": 7}).status == 502
        lambda_.terminate()
        check_nothing_is_made_up([json.loads(line) for line in check_lines(lambda_.emf_lines())])
