"""SnapStart: what was before the snapshot never reaches a line, in whatever way a sandbox comes back.

    VITALS_CRIU  a CRIU that works on this machine (4.2 or later): two sandboxes are restored from one snapshot, too
"""
import math
import os
import platform
import re

import pytest

from accuracy import burn, event, measure, near, right_or_absent  # noqa: F401

SNAP_START = ["--initialization-type", "snap-start", "--restore"]
CRIU = os.environ.get("VITALS_CRIU")
EVENTS = [event(burn(20)), event(burn(5))]
TELEMETRY = {
    "all telemetry": [],
    "no telemetry": ["--telemetry", "off"],
    "late telemetry": ["--fault", "telemetry:delay=150"],
    "no restoreStart": ["--fault", "telemetry:drop=platform.restoreStart"],
}


def check_first(record):
    assert record["cold_start"] is True and record["invocation"] == 1
    assert "init_duration" not in record and "init_cpu_time" not in record


def check_sandbox(records):
    """The lines of a restored sandbox, and nobody else's."""
    check_first(records[0])
    assert len({each["sandbox_id"] for each in records}) == 1
    assert [each["invocation"] for each in records] == list(range(1, len(records) + 1))
    assert not any(each["cold_start"] or "restore_duration" in each or "billed_restore_duration" in each for each in records[1:])


@pytest.mark.parametrize("telemetry", TELEMETRY)
def test_the_lines_of_a_restored_sandbox(measure, telemetry):
    run = measure(EVENTS, options=[*SNAP_START, *TELEMETRY[telemetry]])
    check_sandbox(run.records)
    for record, truth_ms in run.cpu_pairs():
        near("cpu_total_time", record["cpu_total_time"], truth_ms, at_most=1, or_share=0.05)
    if telemetry != "no telemetry":
        (restored,) = run.run.of_type("restore")
        assert run.records[0]["restore_duration"] == restored["durationMs"]
        assert run.records[0]["billed_restore_duration"] == math.ceil(restored["durationMs"])


# The platform's answer comes on a new connection: after a dead one when the kernel has found out, within 2.5 s.
@pytest.mark.parametrize("connections", ["closed", "reset", "dead"])
def test_connections_that_broke_meanwhile_cost_no_invocation(measure, connections):
    if connections == "dead" and os.getuid() != 0:
        pytest.skip("a connection that dies without a word takes root")
    run = measure(EVENTS, timeout=10, options=[*SNAP_START, "--connections", connections], runs=1)
    assert [each["status"] for each in run.run.invocations] == ["success"] * 3
    check_sandbox(run.records)
    (restored,) = run.run.of_type("restore")
    assert run.records[0]["restore_duration"] == restored["durationMs"]
    assert max(each["durationMs"] for each in run.run.invocations) < 5000


# Without telemetry, and where the environment does not name SnapStart, the clocks are all that shows the restore.
NOTHING_ELSE = ["--telemetry", "off", "--extension-env", "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand"]


@pytest.mark.skipif(os.getuid() != 0 or platform.machine() != "x86_64", reason="moving a process's clocks takes root and x86_64")
@pytest.mark.shipped("only a process with one thread has its clocks moved")
@pytest.mark.parametrize("others", [[], NOTHING_ELSE], ids=["with telemetry", "clocks only"])
@pytest.mark.parametrize("clocks", ["3600,3600", "0,3600", "86400,0", "-2,-2"])
def test_clocks_that_jumped_show_the_restore_and_reach_no_line(measure, clocks, others):
    run = measure(EVENTS, runs=1, closing=False, options=[*SNAP_START, f"--clocks={clocks}", *others])
    check_sandbox(run.records)
    for record, truth in run.pairs:
        right_or_absent("cpu_total_time", record, truth["cpuUs"] / 1000, at_most=1, or_share=0.05)
        assert record.get("duration", 0) < 1500 and record["agent_cpu_time"] < 500


def test_no_id_is_in_a_snapshot(live):
    """Every sandbox that is restored from one has the same memory."""
    with live(options=SNAP_START) as sandbox:
        (init,) = sandbox.of_type("init")
        pid = init["extensions"]["lambda-vitals"]["pid"]
        before = memory_of(pid)
        sandbox.invoke({})
        sandbox.invoke({})  # after the first one the extension may be frozen before it has done anything
        after = memory_of(pid)
        sandbox.terminate()
        (sandbox_id,) = re.findall(r'"sandbox_id":"([0-9a-f]{16})"', sandbox.emf_lines()[0])
    assert sandbox_id.encode() in after and sandbox_id.encode() not in before


def memory_of(pid) -> bytes:
    parts = []
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
        for line in maps:
            span, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            begin, end = (int(part, 16) for part in span.split("-"))
            memory.seek(begin)
            parts.append(memory.read(end - begin))
    return b"".join(parts)


if CRIU:
    @pytest.mark.parametrize("telemetry", TELEMETRY)
    def test_two_sandboxes_of_one_snapshot(measure, telemetry, monkeypatch):
        monkeypatch.setenv("LAMBDA_SANDBOX_CRIU", CRIU)
        run = measure([*EVENTS, {"restore": True}, *EVENTS], runs=1, closing=False, through=[], timeout=20,
                      options=[*SNAP_START, "--restore-by", "criu", *TELEMETRY[telemetry]])
        assert [each["request_id"] for each in run.records] == run.run.request_ids
        check_sandbox(run.records[:2])
        check_sandbox(run.records[2:])
        assert run.records[0]["sandbox_id"] != run.records[2]["sandbox_id"]
        for record, truth in zip(run.records, run.truth):
            right_or_absent("cpu_total_time", record, truth["cpuUs"] / 1000, at_most=1, or_share=0.05)
        if telemetry != "no telemetry":
            restored = [each["durationMs"] for each in run.run.of_type("restore")]
            assert [run.records[0]["restore_duration"], run.records[2]["restore_duration"]] == restored
