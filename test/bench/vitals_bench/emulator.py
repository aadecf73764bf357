"""What an extension adds under the real RIE: to an invocation, and to a cold start. Interleaved: every round asks each
emulator once, in random order, with no extension at all ("none") and, as the measure's own error, with none again."""
import contextlib
import http.client
import time

import numpy

from .figures import Figure, added, in_turns, quantile
from .places import RELEASE
from rie import INVOCATIONS, Rie

NONE, AGAIN = "none", "none, again"
FUNCTION = [str(RELEASE / "workload")]
EVENT = b'{"steps":[]}'
WARM_UP = 20


def _arms(programs):
    return {NONE: None, AGAIN: None, **{program.name: program.path for program in programs}}


def _emulator(rie, path):
    return Rie(rie, path, FUNCTION, cwd="/", timeout=30, extension_name="extension")


def _invoke(connection):
    began = time.perf_counter_ns()
    connection.request("POST", INVOCATIONS, EVENT)
    answer = connection.getresponse()
    answer.read()
    took = (time.perf_counter_ns() - began) / 1e6
    if answer.status != 200:
        raise RuntimeError(f"RIE answered {answer.status}")
    return took


def _figures(measure, title, samples, quantiles):
    figures = []
    for name, values in samples.items():
        if name == NONE:
            continue
        for share, text in quantiles:
            difference, interval = added(values, samples[NONE], quantile(share))
            figures.append(Figure(f"{measure}-{text}", f"{title}, {text}", "ms", name, difference, interval=interval,
                                  notes={"rounds": len(values), "of": float(numpy.quantile(samples[NONE], share))}))
    return sorted(figures, key=lambda figure: figure.measure)


def latency(rie, programs, effort, tell):
    rounds = effort.rie_invocations
    with contextlib.ExitStack() as stack:
        connections = {}
        for name, path in _arms(programs).items():
            emulator = stack.enter_context(_emulator(rie, path))
            connections[name] = http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=60)
            stack.callback(connections[name].close)
            for _ in range(WARM_UP):
                _invoke(connections[name])
        samples = {name: [] for name in connections}
        for number, name in in_turns(connections, rounds):
            if number % 50 == 0:
                tell(f"added latency under RIE: {number} of {rounds} rounds")
            samples[name].append(_invoke(connections[name]))
    return _figures("rie-latency", "added latency of an invocation under RIE", samples,
                    ((0.5, "p50"), (0.9, "p90"), (0.99, "p99")))


def cold_start(rie, programs, effort, tell):
    arms = _arms(programs)
    samples = {name: [] for name in arms}
    for number, name in in_turns(arms, effort.rie_starts):
        tell(f"added cold start under RIE: {number + 1} of {effort.rie_starts} rounds")
        with _emulator(rie, arms[name]) as emulator:
            connection = http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=60)
            samples[name].append(_invoke(connection))
            connection.close()
    return _figures("rie-start", "added cold start under RIE", samples, ((0.5, "p50"), (0.9, "p90")))
