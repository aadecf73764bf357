"""Shared by the accuracy tests: a run of the workload (test/tools/workload), its own measurements beside those that the extension
wrote, and a log of every error.

    run = measure([burn(20), burn(5)])
    for record, truth in run.pairs:
        near("memory_peak", record["memory_peak"], truth["residentBytes"] / MB, at_most=1, or_share=0.02)
    for record, truth_ms in run.cpu_pairs():
        near("cpu_total_time", record["cpu_total_time"], truth_ms, at_most=1, or_share=0.01)

    VITALS_WORKLOAD  the workload (default build/release/workload)

Every comparison is logged in build/test-results/accuracy.txt: the name, the value, the true value, the error and the limit.
"""
import json
import os
import pathlib
from dataclasses import dataclass

import pytest

from namespaces import own_processes
from sandbox import Run, play

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOTES = ROOT / "build" / "test-results" / "accuracy.txt"
MB = 1 << 20
ONE_VCPU_MB = 1769

# The last event of a sandbox is SHUTDOWN, and its runtime SIGTERM at the same time: of the last invocation the extension
# may only have its earlier samples. So every run ends with an invocation that is not compared.
LAST = {"steps": []}

# An INVOKE reaches extension and runtime at the same time. What the runtime does in the moment before the extension's
# first sample belongs to no window that can be compared, so most events begin with a pause; test_accuracy_edges.py is
# about that moment.
LEAD_IN = {"do": "sleep", "ms": 10}


def event(*steps, lead_in=True) -> dict:
    return {"steps": [LEAD_IN, *steps] if lead_in else list(steps)}


def sleep(ms) -> dict:
    return {"do": "sleep", "ms": ms}


def burn(ms, threads=1) -> dict:
    return {"do": "burn", "ms": ms, "threads": threads}


def children(count, ms, how="fork", at_once=1) -> dict:
    return {"do": "children", "count": count, "ms": ms, "how": how, "at_once": at_once}


def allocate(mb, hold_ms=30, **more) -> dict:
    return {"do": "allocate", "mb": mb, "hold_ms": hold_ms, **more}


# On a busy machine the extension may be too late to separate two invocations, and leaves out their CPU time: such a run is
# repeated, and values that are absent then are not compared. test_accuracy_edges checks that values are absent when they must be.
RUNS = 3


def cpu_unknown(run) -> int:
    """How many lines have no CPU time."""
    return sum("cpu_total_time" not in record for record in run.records[:-1] if record.get("status") == "success")


@dataclass
class Measured:
    run: Run
    closed: bool  # the last invocation is the closing one

    @property
    def records(self) -> list[dict]:
        return self.run.records

    @property
    def truth(self) -> list[dict]:
        """The workload's answers; for a failed invocation, the platform's answer."""
        return [json.loads(each["response"] or "{}") for each in self.run.invocations]

    @property
    def pairs(self) -> list[tuple[dict, dict]]:
        """The line and the answer of each invocation except the closing one."""
        truth = dict(zip(self.run.request_ids, self.truth))
        assert [each["request_id"] for each in self.records] == self.run.request_ids
        return [(record, truth[record["request_id"]]) for record in self.records[:-1 if self.closed else None]]

    def cpu_pairs(self) -> list[tuple[dict, float]]:
        """The lines with a CPU time, at least one, and the true value in ms: what the runtime used from one answer to
        the next, because the window includes its work outside the function. For the first, which follows the init, only
        the function's own is known: it is left out if there are others."""
        so_far = [truth["cpuSoFarUs"] / 1000 for _, truth in self.pairs]
        truths = [self.pairs[0][1]["cpuUs"] / 1000, *(after - before for before, after in zip(so_far, so_far[1:]))]
        known = [(record, truth) for (record, _), truth in zip(self.pairs, truths) if "cpu_total_time" in record]
        known = [pair for pair in known if pair[0]["invocation"] > 1] or known
        assert known, "no line has its CPU time"
        return known


def workload() -> pathlib.Path:
    path = pathlib.Path(os.environ.get("VITALS_WORKLOAD") or ROOT / "build" / "release" / "workload")
    if not path.exists():
        pytest.exit(f"{path} is not built; scripts/test builds it", returncode=1)
    return path


@pytest.fixture
def measure(extension, check_lines):
    """Runs the workload with one event after the other, in the sandbox that freezes by default."""

    def run(events, *, memory=ONE_VCPU_MB, timeout=30, options=(), env=None, closing=True, runs=RUNS,
            through=None) -> Measured:
        steps = [{"invoke": each} if {"steps", "error"} & set(each) else each for each in events]
        if closing:
            steps.append({"invoke": LAST})
        best = None
        for _ in range(runs):
            result = play(extension, [workload()], steps, env={"LAMBDA_VITALS_TELEMETRY_PORT": "0", **(env or {})},
                          options=["--memory", str(memory), "--timeout", str(timeout), *options],
                          through=own_processes() if through is None else through)
            best = min(best or result, result, key=cpu_unknown)
            if result.status != 0 or cpu_unknown(best) == 0:
                break
        result = best
        assert result.status == 0, result.log + result.warnings
        if result.lines:
            check_lines(result.lines)
        return Measured(result, closing)

    return run


def note(text):
    NOTES.parent.mkdir(parents=True, exist_ok=True)
    with NOTES.open("a") as file:
        file.write(f"{os.environ.get('PYTEST_CURRENT_TEST', '').split(' ')[0]}: {text}\n")


def near(what, value, truth, *, at_most, or_share=0.0):
    """The larger of the two bounds applies."""
    allowed = max(at_most, or_share * truth)
    note(f"{what} {value:.3f}, in truth {truth:.3f}: off by {value - truth:+.3f} of {allowed:.3f} allowed")
    assert abs(value - truth) <= allowed, f"{what} is {value}, in truth {truth}: off by {value - truth:+.3f}"


def right_or_absent(name, record, truth, **allowed) -> bool:
    """Whether the line has a value. If so, it must be right."""
    if name in record:
        near(name, record[name], truth, **allowed)
    else:
        note(f"{name} absent, in truth {truth:.3f}")
    return name in record


def same(what, value, truth):
    note(f"{what} {value}, in truth {truth}")
    assert value == truth, what
