"""Processor time on the line against what the function's own getrusage says."""
import json
import os

import pytest

from accuracy import burn, children, event, measure, near, sleep  # noqa: F401

TARGET = {"at_most": 1, "or_share": 0.01}  # ms


def compare(measured, **target):
    for record, told in measured.pairs:
        near("cpu_total_time", record["cpu_total_time"], told["cpuUs"] / 1000, **(target or TARGET))
        parts = record["cpu_user_time"] + record["cpu_system_time"]
        assert round(parts * 1000) == round(record["cpu_total_time"] * 1000)


@pytest.mark.parametrize("ms", [1, 5, 20, 100, 400])
def test_one_thread(measure, ms):
    compare(measure([event(burn(ms))] * 4))


def test_a_window_of_seconds(measure):
    compare(measure([event(burn(1500))]))


def test_a_window_of_ten_seconds_with_pauses(measure):
    compare(measure([event(*[burn(5), sleep(115)] * 80)]))


@pytest.mark.parametrize("threads", [2, 16, 64])
def test_many_threads(measure, threads):
    compare(measure([event(burn(160 / threads, threads))] * 3))


def test_a_process_that_outlives_the_window_is_counted_where_it_ran(measure):
    """A daemon that nobody waits for: all of its time is on the lines, within the last sampling step."""
    run = measure([event({"do": "daemon", "ms": 60}, sleep(250))])
    (record, told), = run.pairs
    near("cpu_total_time", record["cpu_total_time"], told["cpuUs"] / 1000 + 60, at_most=20)


def test_time_without_work_is_no_processor_time(measure):
    for record, told in measure([event(sleep(300))] * 2).pairs:
        near("cpu_total_time", record["cpu_total_time"], told["cpuUs"] / 1000, at_most=1)
        assert record["cpu_total_time"] < 1.5


def test_the_extension_itself_is_not_in_it(measure):
    """Looked at every millisecond, the extension uses more than the function that sleeps, and tells so apart."""
    run = measure([event(sleep(500))], env={"LAMBDA_VITALS_SAMPLE_INTERVAL_MS": "1"})
    (record, told), = run.pairs
    near("cpu_total_time", record["cpu_total_time"], told["cpuUs"] / 1000, at_most=1)
    assert record["agent_cpu_time"] > 2 * record["cpu_total_time"]


def test_init_is_told_apart_from_the_first_invocation(measure):
    init = json.dumps(event(burn(120)))
    run = measure([event(burn(5)), event(burn(5))], env={"WORKLOAD_INIT": init})
    (first, told), (second, _) = run.pairs
    near("init_cpu_time", first["init_cpu_time"], (told["cpuSoFarUs"] - told["cpuUs"]) / 1000, **TARGET)
    near("cpu_total_time", first["cpu_total_time"], told["cpuUs"] / 1000, **TARGET)
    assert "init_cpu_time" not in second


def test_children_that_were_gone_before_the_first_look_are_known_to_two_ticks(measure):
    """The kernel keeps their time in nanoseconds and shows it cut off, user and system time each to 10 ms."""
    (record, told), = measure([event(burn(5))], env={"WORKLOAD_INIT": json.dumps(event(children(10, 8)))}).pairs
    near("init_cpu_time", record["init_cpu_time"], (told["cpuSoFarUs"] - told["cpuUs"]) / 1000, at_most=20)
    near("cpu_total_time", record["cpu_total_time"], told["cpuUs"] / 1000, **TARGET)


def test_nothing_is_lost_between_the_windows(measure):
    """Init and all windows together are what the process has used since it was started, without any pause."""
    run = measure([event(burn(3), lead_in=False)] * 20)
    told = run.pairs[-1][1]["cpuSoFarUs"] / 1000
    sum_of_lines = run.records[0]["init_cpu_time"] + sum(each["cpu_total_time"] for each, _ in run.pairs)
    near("init_cpu_time and cpu_total_time of 20 lines", sum_of_lines, told, at_most=1, or_share=0.01)


@pytest.mark.parametrize("memory, vcpus", [(1769, 1), (256, 256 / 1769), (10240, 2)])
def test_utilization_is_the_share_of_what_the_memory_size_allots(measure, memory, vcpus):
    vcpus = min(vcpus, len(os.sched_getaffinity(0)))
    (record, _), = measure([event(burn(40))], memory=memory).pairs
    span = record["duration"] - record["extension_overhead"]
    near("cpu_utilization", record["cpu_utilization"], 100 * record["cpu_total_time"] / (span * vcpus), at_most=0.1,
         or_share=0.002)
