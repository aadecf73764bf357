"""Without telemetry: the end of an invocation is seen on the runtime's connections, under the real RIE, and where even
if those cannot be seen, every invocation still has its line."""
import json
import os
import pathlib
import re
import signal
import threading
import time

import pytest

from accuracy import ROOT, burn, event, measure, near, note, right_or_absent, sleep, workload  # noqa: F401
from accuracy_places import place, without_netlink  # noqa: F401
from rie import Rie

KEPT, NEW, IPV6 = {}, {"WORKLOAD_CONNECTION": "close"}, {"WORKLOAD_SOCKETS": "ipv6"}
MORE_INVOCATIONS = 15
LINE_MS = 250
DURATION_MS = 10


def reported(lambda_):
    """Durations as RIE reports them."""
    return {key: float(ms) for key, ms in re.findall(r"REPORT RequestId: (\S+).*?\tDuration: ([\d.]+) ms", lambda_.output)}


def line_after_response(lambda_, before):
    """How long after the response the line came, in ms."""
    answered = time.monotonic()
    while len(lambda_.emf_lines()) == before and time.monotonic() < answered + 1:
        time.sleep(0.005)
    return (time.monotonic() - answered) * 1000


def look_at(lambda_, events, new_connections=False):
    """Where each request has a connection of its own, it may take some invocations until the poll is known: more of them on a
    busy machine."""
    more = MORE_INVOCATIONS if new_connections else 0
    for number, each in enumerate([*events, *[events[-1]] * more]):
        lambda_.invoke(each)
        after = line_after_response(lambda_, number)
        if number >= len(events) - 1 and after <= LINE_MS:
            break
        if not new_connections or number == len(events) - 1 + more:
            near("line after the response, ms", after, 0, at_most=LINE_MS)
    lambda_.terminate()
    records = [json.loads(line) for line in lambda_.emf_lines()]
    assert [each["request_id"] for each in records] == lambda_.request_ids()
    measured = [(record["duration"], reported(lambda_)[record["request_id"]]) for record in records[1:]
            if not new_connections or "duration" in record]
    note(f"duration, by RIE's REPORT: {measured}")
    assert measured
    for duration, truth in measured:  # RIE's first one takes part of the init, too
        assert abs(duration - truth) <= DURATION_MS, measured


@pytest.mark.parametrize("connection", [KEPT, NEW, IPV6, NEW | IPV6],
                         ids=["one connection", "one for each request", "IPv6 socket", "IPv6 socket for each request"])
@pytest.mark.parametrize("work", [sleep, burn], ids=["sleeping", "busy"])
def test_the_end_is_seen(rie, extension, connection, work):
    with Rie(rie, extension, [str(workload())], cwd=ROOT, env=connection) as lambda_:
        look_at(lambda_, [event(work(ms), lead_in=False) for ms in (20, 1, 1, 5, 100, 800)], connection.get("WORKLOAD_CONNECTION") == "close")


def test_the_end_of_a_function_that_sleeps_for_seconds(rie, extension):
    with Rie(rie, extension, [str(workload())], cwd=ROOT, timeout=15) as lambda_:
        look_at(lambda_, [event(sleep(1)), event(sleep(10_000)), event(sleep(1))])


def test_the_end_is_seen_with_the_runtime_interface_client(under_rie):
    with under_rie("python") as lambda_:
        look_at(lambda_, [{"sleepMs": ms} for ms in (30, 0, 200)])


def test_processor_time_under_rie(rie, extension):
    with Rie(rie, extension, [str(workload())], cwd=ROOT) as lambda_:
        measured = [lambda_.invoke(event(burn(ms))).json() for ms in (1, 20, 200)]
        time.sleep(0.3)
        lambda_.terminate()
        for line, truth in zip(lambda_.emf_lines(), measured, strict=True):
            right_or_absent("cpu_total_time", json.loads(line), truth["cpuUs"] / 1000, at_most=1.5, or_share=0.01)


def child_of(pid, name):
    """The child of a process that runs the program of this name."""
    children = [each for file in pathlib.Path(f"/proc/{pid}/task").glob("*/children") for each in file.read_text().split()]
    (child,) = [int(each) for each in children if pathlib.Path(f"/proc/{each}/comm").read_text().strip() == name]
    return child


@pytest.mark.socket_diagnostics
def test_an_invocation_that_is_over_before_the_extension_runs_again(rie, extension):
    """The window opens after the work: what was used, and for how long, is known from before it, or absent."""
    with Rie(rie, extension, [str(workload())], cwd=ROOT) as lambda_:
        measured = [lambda_.invoke(event(burn(1))).json()]  # RIE starts all at the first one
        time.sleep(0.3)
        pid = child_of(lambda_.pid, "lambda-vitals")
        for work in [burn(85), sleep(150)] * 3:
            os.kill(pid, signal.SIGSTOP)
            threading.Timer(0.4, os.kill, (pid, signal.SIGCONT)).start()
            measured.append(lambda_.invoke(event(work, lead_in=False)).json())
            time.sleep(0.7)
        lambda_.terminate()
        records = [json.loads(line) for line in lambda_.emf_lines()]
        assert [each["request_id"] for each in records] == lambda_.request_ids()
    for record, truth in list(zip(records, measured, strict=True))[1:]:
        right_or_absent("duration", record, truth["wallMs"], at_most=DURATION_MS)
        right_or_absent("cpu_total_time", record, truth["cpuUs"] / 1000, at_most=1.5, or_share=0.05)


def test_where_the_connections_cannot_be_seen_every_invocation_has_its_line(measure, without_netlink):
    hang = {"invoke": event(sleep(3000)), "timeout": 0.4}
    run = measure([event(burn(5)), event(sleep(50)), hang, event(burn(5))], options=["--telemetry", "off"])
    assert [each["request_id"] for each in run.records] == run.run.request_ids
    assert [each.get("status") for each in run.records] == [None, None, "timeout", None, None]
    for record, measured in [run.pairs[0], run.pairs[3]]:
        right_or_absent("cpu_total_time", record, measured["cpuUs"] / 1000, at_most=1.5)
        assert "duration" not in record


def test_without_anything_to_tell_the_end_the_deadline_does(measure, without_netlink):
    events = [event(burn(5)), {"sleep_ms": 1500}, event(burn(5))]
    run = measure(events, timeout=0.5, options=["--telemetry", "off", "--no-freeze"])
    assert [each["request_id"] for each in run.records] == run.run.request_ids
