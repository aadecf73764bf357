"""What an extension costs a function that has a fraction of a CPU: bench-driver --cpu-quota, with every program and, as the
measure's own error, twice without any ("none" and "none, again"), in turns."""
import concurrent.futures
import contextlib

import numpy

from .driver import Paced, drive
from .figures import Figure, added, in_turns, of_samples, quantile
from .measures import MS
from lambda_sandbox.cpu_group import ONE_VCPU_MB, CpuGroup, NoCpuGroup

NONE, AGAIN = "none", "none, again"
CPU_MS = {128: 30, 256: 40, 512: 60, 1024: 100, 1769: 150}  # memory size in MB: what the function uses in an invocation
START_CPU_MS = {128: 5, 512: 20}  # the same of a cold start
WARM_UP = 3
PAUSE_US = 30_000  # more than a period, so that the program has done what is left to do when its CPU time is read
STATISTICS = {"mean": numpy.mean, "median": numpy.median, "p90": quantile(0.9)}


def missing():
    """Why there can be no CPU quota here; None where there can."""
    try:
        CpuGroup(min(CPU_MS)).close()
    except NoCpuGroup as error:
        return str(error)
    return None


def _arms(programs):
    return {NONE: None, AGAIN: None, **{program.name: [program.path] for program in programs}}


def _longer(measure, title, unit, samples, statistics):
    """How much longer than without an extension, in percent or ms."""
    figures = []
    for text, statistic in statistics.items():
        for name, values in samples.items():
            if name == NONE:
                continue
            more, interval = added(values, samples[NONE], statistic, percent=unit == "%")
            figures.append(Figure(f"{measure}-{text}", f"{title}, {text}", unit, name, more, interval=interval,
                                  notes={"samples": numpy.size(values), "without_ms": float(statistic(samples[NONE]))}))
    return figures


def invocation(memory_mb, programs, effort, tell):
    """In each turn of a program a few invocations in a row, after one that is not measured: what has slept for seconds
    while others had the caches takes several times the CPU time to wake up."""
    arms, turns, in_turn = _arms(programs), effort.quota_turns, effort.quota_invocations
    samples = {name: [] for name in arms}  # a list for each turn
    for block in range(effort.quota_blocks):
        with contextlib.ExitStack() as stack:
            drivers = {name: stack.enter_context(Paced(program, memory=memory_mb, cpu_quota=True, warm_up=WARM_UP,
                                                       cpu_us=CPU_MS[memory_mb] * 1000, pause_us=PAUSE_US))
                       for name, program in arms.items()}
            for number, name in in_turns(drivers, turns, seed=block):
                turn = block * turns + number
                tell(f"invocation at {memory_mb} MB: {turn + 1} of {effort.quota_blocks * turns}")
                places = [turn * in_turn + place for place in range(-1, in_turn)]
                samples[name].append([drivers[name].invoke(max(place, 0)) for place in places][1:])
    times = {kind: {name: [[each[f"{kind}_ns"] / MS for each in turn] for turn in taken] for name, taken in samples.items()}
             for kind in ("response", "free", "cpu")}
    about = f"at {memory_mb:,} MB, {CPU_MS[memory_mb]} ms of CPU"
    own = f"own CPU per invocation {about}"
    return [*_longer(f"quota-{memory_mb}-response", f"response later {about}", "%", times["response"], STATISTICS),
            *_longer(f"quota-{memory_mb}-hold", f"sandbox held longer {about}", "%", times["free"], STATISTICS),
            *(of_samples(f"quota-{memory_mb}-cpu", own, "ms", each.name, numpy.ravel(times["cpu"][each.name]))
              for each in programs)]


def sleep(programs, effort, tell):
    """Own CPU in a sleeping invocation, as a share of what the function has. Programs that sleep do not disturb each
    other: all of them at once."""
    seconds, figures = effort.quota_sleep_seconds, []
    for memory_mb in CPU_MS:
        tell(f"CPU share in a sleep of {seconds} s: {memory_mb} MB")
        has_ns = seconds * 1e9 * min(1.0, memory_mb / ONE_VCPU_MB)
        with concurrent.futures.ThreadPoolExecutor(len(programs)) as pool:
            runs = pool.map(lambda program: drive([program.path], memory=memory_mb, cpu_quota=True, invocations=1,
                                                  warm_up=1, duration_us=seconds * 1_000_000, seconds=seconds + 60),
                            programs)
        figures += [Figure(f"quota-sleep-{memory_mb}", f"CPU share in a sleep of {seconds} s at {memory_mb:,} MB", "%",
                           program.name, 100 * run["cpu_ns"] / has_ns, notes={"cpu_ms": run["cpu_ns"] / MS})
                    for program, run in zip(programs, runs)]
    return figures


def start(programs, effort, tell):
    """A new sandbox up to its first response: exec of the program to its first event/next, start of the runtime, and the
    first invocation."""
    figures, arms = [], _arms(programs)
    for memory_mb, cpu_ms in START_CPU_MS.items():
        samples = {name: [] for name in arms}
        for number, name in in_turns(arms, effort.quota_starts):
            tell(f"cold start at {memory_mb} MB: {number + 1} of {effort.quota_starts}")
            run = drive(arms[name], memory=memory_mb, cpu_quota=True, invocations=1, warm_up=0, cpu_us=cpu_ms * 1000,
                        samples=True)
            samples[name].append((run.get("exec_to_next_ns", 0) + run["runtime_start_ns"]
                                  + run["samples"][0]["response_ns"]) / MS)
        title = f"added cold start at {memory_mb} MB, first invocation with {cpu_ms} ms of CPU"
        figures += _longer(f"quota-start-{memory_mb}", title, "ms", samples, STATISTICS)
    return figures


MEASURES = {**{f"quota-{memory_mb}": (lambda *rest, memory_mb=memory_mb: invocation(memory_mb, *rest))
               for memory_mb in CPU_MS}, "quota-sleep": sleep, "quota-start": start}
