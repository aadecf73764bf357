"""The end of an invocation without telemetry, under the real RIE, for the clients of the Runtime API that runtimes have and
for those beside them. What the runtime itself measured is the truth: `duration` is that or absent, and the line is written soon
after the response."""
import json
import pathlib
import statistics
import sys
import time

import pytest

from accuracy import ROOT, burn, event, note, sleep, workload
from rie import Rie, free_ports
from sandbox import play

NEIGHBOURS = ROOT / "test" / "harness" / "api_neighbours.py"
DURATION_MS, LINE_MS = 10, 250
STREAM = {"steps": [], "stream": {"pieces": 6, "pause_ms": 55}}
SLOW_STREAM = {"steps": [], "stream": {"pieces": 2, "pause_ms": 300}}
QUICK = {"steps": []}
EVENTS = [event(sleep(60)), STREAM, QUICK, event(burn(30)), SLOW_STREAM, QUICK, QUICK, event(sleep(400)), STREAM]

BESIDE = {
    "one connection": ([], {}),
    "one for each request": ([], {"WORKLOAD_CONNECTION": "close"}),
    "two kept connections": ([], {"WORKLOAD_CONNECTION": "two"}),
    "an internal extension for INVOKE": ([], {"WORKLOAD_EXTENSION": "INVOKE"}),
    "an internal extension that asks late": ([], {"WORKLOAD_EXTENSION": "INVOKE after 90"}),
    "an internal extension for no event": ([], {"WORKLOAD_EXTENSION": "none"}),
    "an internal extension and two connections": ([], {"WORKLOAD_EXTENSION": "INVOKE", "WORKLOAD_CONNECTION": "two"}),
    "a proxy": ([sys.executable, NEIGHBOURS, "proxy"], {}),
    "another service at that port": ([sys.executable, NEIGHBOURS, "service"], {}),
}


class Invocations:
    """The duration of each, as the runtime measured it and as on its line, and how long after the response the line came."""

    def __init__(self, lambda_, durations):
        self.lambda_, self._durations = lambda_, durations
        self.records, self.lines_after = [], []

    def play(self, events):
        for number, each in enumerate(events):
            self.lambda_.invoke(each)
            answered = time.monotonic()
            while len(self.lambda_.emf_lines()) <= number and time.monotonic() < answered + 1:
                time.sleep(0.005)
            self.lines_after.append((time.monotonic() - answered) * 1000)
        self.lambda_.terminate()
        self.records = [json.loads(line) for line in self.lambda_.emf_lines()]
        assert [each["request_id"] for each in self.records] == self.lambda_.request_ids()
        return self

    @property
    def truths(self):
        return [float(line) for line in self._durations.read_text().split()]

    @property
    def errors(self):
        """Of each duration; None where there is none."""
        return [record["duration"] - truth if "duration" in record else None
                for record, truth in zip(self.records, self.truths, strict=True)]


@pytest.fixture
def played(rie, extension, tmp_path):
    def run(beside, events, **settings):
        wrapper, env = BESIDE[beside]
        durations = tmp_path / f"durations-{time.monotonic_ns()}"
        command = [str(each) for each in [*wrapper, workload()]]
        with Rie(rie, extension, command, cwd=ROOT, env={**env, "WORKLOAD_DURATIONS": str(durations)}, **settings) as lambda_:
            return Invocations(lambda_, durations).play(events)

    return run


@pytest.mark.socket_diagnostics
@pytest.mark.parametrize("beside", BESIDE)
def test_the_duration_is_right_or_absent(played, beside):
    run = played(beside, EVENTS)
    note(f"{beside}: duration off by {run.errors} ms, lines after {[round(ms) for ms in run.lines_after]} ms")
    assert all(error is None or abs(error) <= DURATION_MS for error in run.errors[1:]), run.errors
    # Where each request has a connection of its own, it may take some invocations until the poll is known.
    unknown = 5 if beside == "one for each request" else 2
    assert run.errors[1:].count(None) <= unknown, run.errors
    assert sorted(run.lines_after[1:])[-unknown] <= LINE_MS, run.lines_after


@pytest.mark.socket_diagnostics
@pytest.mark.parametrize("beside", ["two kept connections", "one connection", "one for each request",
                                    "an internal extension for INVOKE"])
def test_sandboxes_begin_right(played, beside):
    """A wrong conclusion at the start of a sandbox could last forever."""
    for events in [[event(sleep(30)), QUICK, event(sleep(72))], [QUICK, STREAM, QUICK], [STREAM, QUICK, QUICK]] * 2:
        run = played(beside, events)
        note(f"{beside}: duration off by {run.errors} ms, lines after {[round(ms) for ms in run.lines_after]} ms")
        assert all(error is None or abs(error) <= DURATION_MS for error in run.errors[1:]), run.errors
        # The first is measured from the INVOKE, which may come while the function starts.
        assert run.errors[0] is None or -DURATION_MS <= run.errors[0], run.errors


@pytest.mark.socket_diagnostics
def test_a_proxy_that_is_an_extension(extension, check_lines, tmp_path):
    """As the Web Adapter: the function's processes have no connection to the API."""
    (port,) = free_ports(1)
    durations = tmp_path / "durations"
    events = [event(sleep(60)), QUICK, event(sleep(200)), event(burn(30))]
    run = play(extension, ["env", f"AWS_LAMBDA_RUNTIME_API=127.0.0.1:{port}", workload()],
               [step for each in events for step in ({"invoke": each}, {"sleep_ms": 250})], others=[NEIGHBOURS], options=["--telemetry", "off", "--no-freeze"],
               env={"PROXY_PORT": str(port), "WORKLOAD_DURATIONS": str(durations)})
    assert run.status == 0, run.log
    check_lines(run.lines)
    truths = [float(line) for line in durations.read_text().split()]
    errors = [record["duration"] - truth for record, truth in zip(run.records, truths, strict=True) if "duration" in record]
    note(f"a proxy that is an extension: duration off by {errors} ms")
    assert all(abs(error) <= DURATION_MS for error in errors), errors
    assert len(errors) >= 2


@pytest.mark.socket_diagnostics
def test_how_exact_durations_are(played):
    """At most half a kernel tick, and what the machine's other load adds."""
    run = played("one connection", [event(sleep(ms)) for ms in (30, *range(20, 60, 2))])
    errors = run.errors[1:]
    note(f"duration off by {min(errors):.1f} to {max(errors):.1f} ms, median {statistics.median(errors):.1f}")
    assert abs(statistics.median(errors)) <= 3
