"""How an invocation began and ended, as on its line, in every history of a sandbox."""
import json
import math

import pytest

from accuracy import allocate, burn, event, measure, near, same, sleep  # noqa: F401

OUTCOME = ("cold_start", "initialization_type", "status", "error_type", "timeout", "out_of_memory", "shutdown_reason")
QUICK = event(burn(2))
HANG = {"invoke": event(sleep(5000)), "timeout": 0.4}
CRASH = event({"do": "crash", "status": 3})
KILL = [{"invoke": event(sleep(3000)), "background": True}, {"sleep_ms": 200},
        {"signal": {"process": "runtime", "signal": "KILL"}}, {"wait": True}]
# The kernel's out-of-memory killer, as the platform sees it: all memory in use, then the runtime is killed.
KERNEL_KILL = [{"invoke": event(allocate(150, hold_ms=3000)), "background": True}, {"sleep_ms": 700}, *KILL[2:]]
LATE_INIT = {"WORKLOAD_INIT": json.dumps(event(sleep(600)))}
TELL = ["--report-after-reset"]


def expected(cold=False, kind="on-demand", status="success", **more):
    return {"cold_start": cold, "initialization_type": kind, "status": status, **more}


COLD, WARM = expected(cold=True), expected()
# name: steps, options, environment, what each line says
HISTORIES = {
    "cold, then warm": ([QUICK] * 3, [], {}, [COLD, WARM, WARM]),
    "provisioned concurrency": (
        [QUICK] * 2, ["--initialization-type", "provisioned-concurrency"], {}, [expected(kind="provisioned-concurrency")] * 2),
    "proactive init": ([{"sleep_ms": 1500}, QUICK, QUICK], [], {}, [COLD, WARM]),
    "restore from a snapshot": (
        [QUICK] * 2, ["--initialization-type", "snap-start", "--restore"], {},
        [expected(cold=True, kind="snap-start"), expected(kind="snap-start")]),
    "init suppressed after its timeout": (
        [QUICK] * 2, ["--init-timeout", "0.3"], LATE_INIT, [COLD, WARM]),
    "timeout, reported": (
        [QUICK, HANG, QUICK], TELL, {},
        [COLD, expected(status="timeout", timeout=True, shutdown_reason="timeout"), COLD]),
    "timeout, not reported": (
        [QUICK, HANG, QUICK], [], {},
        [COLD, expected(status="timeout", timeout=True, shutdown_reason="timeout"), COLD]),
    "crash, reported": (
        [QUICK, CRASH, QUICK], TELL, {},
        [COLD, expected(status="failure", error_type="Runtime.ExitError", shutdown_reason="failure"), COLD]),
    "crash, not reported": (
        [QUICK, CRASH, QUICK], [], {}, [COLD, expected(status="failure", shutdown_reason="failure"), COLD]),
    "killed with memory to spare": (
        [QUICK, *KILL], TELL, {},
        [COLD, expected(status="failure", error_type="Runtime.ExitError", shutdown_reason="failure")]),
    "out of memory: killed by the kernel": (
        [QUICK, *KERNEL_KILL], [*TELL, "--memory", "128"], {},
        [COLD, expected(status="failure", error_type="Runtime.ExitError", out_of_memory=True, shutdown_reason="failure")]),
    "out of memory: the platform's limit": (
        [QUICK, event({"do": "exceed"})], [*TELL, "--memory", "128", "--enforce-memory"], {},
        [COLD, expected(status="failure", error_type="Runtime.OutOfMemory", out_of_memory=True, shutdown_reason="failure")]),
    "out of memory: the runtime's own error": (
        [{"error": "Runtime.OutOfMemory"}, QUICK], [], {},
        [expected(cold=True, status="error", error_type="Runtime.OutOfMemory", out_of_memory=True), WARM]),
    "error of the function": (
        [QUICK, {"error": "Function.Broken"}, QUICK], [], {},
        [COLD, expected(status="error", error_type="Function.Broken"), WARM]),
    "the first event is SHUTDOWN": ([{"reset": "spindown"}], [], {}, []),
}


@pytest.mark.parametrize("name", HISTORIES)
def test_history(measure, name):
    steps, options, env, lines = HISTORIES[name]
    closed = bool(lines) and not lines[-1].get("shutdown_reason")
    run = measure(steps, memory=256, options=options, env=env, closing=closed)
    records = run.records[:-1] if closed else run.records
    assert [{key: each[key] for key in OUTCOME if key in each} for each in records] == lines
    assert not run.records or [each["request_id"] for each in run.records] == run.run.request_ids


def test_the_reason_of_the_sandbox_s_end_is_on_its_last_line(measure):
    assert [each.get("shutdown_reason") for each in measure([QUICK]).records] == [None, "spindown"]


def test_every_time_is_as_telemetry_told_it(measure):
    run = measure([event(sleep(ms), burn(3)) for ms in (0, 1, 50, 400)], memory=512)
    for (record, _), truth in zip(run.pairs, run.run.invocations):
        same("duration", record["duration"], truth["durationMs"])
        same("billed_duration", record["billed_duration"], truth["billedDurationMs"])
        same("billed_mb_ms", record["billed_mb_ms"], truth["billedDurationMs"] * 512)
        same("init_duration", record.get("init_duration"), truth["initDurationMs"])
        same("used_memory_max", record["used_memory_max"], truth["maxMemoryUsedMB"])
        same("memory_utilization", record["memory_utilization"], int(truth["maxMemoryUsedMB"] * 100_000 / 512) / 1000)
        same("produced_bytes", record["produced_bytes"], truth["responseBytes"])
        same("total_memory", record["total_memory"], 512)
        latency = record["response_latency"] + record["response_duration"]
        near("response_latency + response_duration", latency, truth["responseMs"] - truth["startMs"], at_most=0.003)
        near("runtime_overhead", record["runtime_overhead"], truth["runtimeDoneMs"] - truth["responseMs"], at_most=0.003)
        near("extension_overhead", record["extension_overhead"], truth["endMs"] - truth["runtimeDoneMs"], at_most=0.003)
        assert abs(record["_aws"]["Timestamp"] - truth["startMs"]) <= 1


def test_a_restore_is_told_once_and_the_snapshot_s_init_never(measure):
    run = measure([QUICK] * 2, options=["--initialization-type", "snap-start", "--restore"])
    (truth,) = run.run.of_type("restore")
    assert [each.get("restore_duration") for each in run.records] == [truth["durationMs"], None, None]
    assert [each.get("billed_restore_duration") for each in run.records] == [math.ceil(truth["durationMs"]), None, None]
    assert not any("init_duration" in each for each in run.records)
