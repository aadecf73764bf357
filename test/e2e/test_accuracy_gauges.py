"""Threads, processes and descriptors: bursts of 20 ms."""
import pathlib
import resource

import pytest

from accuracy import event, measure, same, sleep  # noqa: F401

EVERY_5_MS = {"LAMBDA_VITALS_SAMPLE_INTERVAL_MS": "5"}
HOLD_MS = 20


def bursts(name, *counts):
    return [event({"do": name, "count": count, "hold_ms": HOLD_MS}) for count in counts]


def test_threads(measure):
    for record, truth in measure(bursts("threads", 1, 60, 5), env=EVERY_5_MS).pairs:
        same("threads_max", record["threads_max"], truth["threads"])
        same("processes_max", record["processes_max"], 1)


def test_processes(measure):
    for record, truth in measure(bursts("processes", 1, 30, 4), env=EVERY_5_MS).pairs:
        same("processes_max", record["processes_max"], truth["processes"])
        same("threads_max", record["threads_max"], truth["processes"])


def test_descriptors(measure):
    for record, truth in measure(bursts("descriptors", 10, 800, 100), env=EVERY_5_MS).pairs:
        # The workload opens /proc/self/fd to count its own: for a moment it has one more.
        same("fd_use, less what counting takes", record["fd_use"] - (record["fd_use"] > truth["descriptors"]),
             truth["descriptors"])


@pytest.mark.parametrize("soft", [64, 1000])
def test_the_limit_is_the_one_that_applies(measure, soft):
    record, truth = measure([event(sleep(5)), event({"do": "limit", "soft": soft}, sleep(30))], env=EVERY_5_MS).pairs[1]
    run = measure([event({"do": "limit", "soft": soft}), event(sleep(5))], env=EVERY_5_MS)
    same("fd_max", run.records[1]["fd_max"], soft)
    assert record["fd_max"] >= truth["descriptorLimit"]


def test_the_highest_limit_that_this_user_may_set(measure):
    """The kernel has no unlimited descriptors: fs.nr_open is the maximum."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = int(pathlib.Path("/proc/sys/fs/nr_open").read_text())
    wanted = {"soft": most, "hard": most} if may_raise() else {"soft": hard}
    run = measure([event({"do": "limit", **wanted}), event(sleep(5))])
    same("fd_max", run.records[1]["fd_max"], wanted["soft"])


def may_raise():
    status = pathlib.Path("/proc/self/status").read_text()
    effective = int(status.split("CapEff:")[1].split()[0], 16)
    return bool(effective >> 24 & 1)  # CAP_SYS_RESOURCE
