"""CPU time on the line, compared with the function's own getrusage."""
import json
import os

import pytest

from accuracy import burn, children, event, measure, near, right_or_absent, sleep  # noqa: F401

TARGET = {"at_most": 1.5, "or_share": 0.01}  # ms; half of one is the error of the platform's times


def compare(measured, **target):
    for record, truth in measured.cpu_pairs():
        near("cpu_total_time", record["cpu_total_time"], truth, **(target or TARGET))
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
    (record, truth), = run.cpu_pairs()
    near("cpu_total_time", record["cpu_total_time"], truth + 60, at_most=20)


def test_time_without_work_is_no_processor_time(measure):
    for record, truth in measure([event(sleep(300))] * 3).cpu_pairs():
        near("cpu_total_time", record["cpu_total_time"], truth, at_most=1)
        assert record["cpu_total_time"] < 2


def test_the_extension_itself_is_not_in_it(measure):
    """Sampling every millisecond, the extension uses more than the sleeping function, and reports both separately."""
    run = measure([event(sleep(500))] * 2, env={"LAMBDA_VITALS_SAMPLE_INTERVAL_MS": "1"})
    for record, truth in run.cpu_pairs():
        near("cpu_total_time", record["cpu_total_time"], truth, at_most=1)
        assert record["agent_cpu_time"] > 2 * record["cpu_total_time"]


def test_init_is_told_apart_from_the_first_invocation(measure):
    init = json.dumps(event(burn(120)))
    run = measure([event(burn(5)), event(burn(5))], env={"WORKLOAD_INIT": init})
    (first, truth), (second, _) = run.pairs
    right_or_absent("init_cpu_time", first, (truth["cpuSoFarUs"] - truth["cpuUs"]) / 1000, **TARGET)
    right_or_absent("cpu_total_time", first, truth["cpuUs"] / 1000, **TARGET)
    assert "init_cpu_time" not in second


def test_children_that_were_gone_before_the_first_look_are_known_to_two_ticks(measure):
    """The kernel keeps their time in nanoseconds and shows it truncated, user and system time each to 10 ms."""
    (record, truth), = measure([event(burn(5))], env={"WORKLOAD_INIT": json.dumps(event(children(10, 8)))}).pairs
    right_or_absent("init_cpu_time", record, (truth["cpuSoFarUs"] - truth["cpuUs"]) / 1000, at_most=20)
    right_or_absent("cpu_total_time", record, truth["cpuUs"] / 1000, **TARGET)


def test_nothing_is_lost_between_the_windows(measure):
    """Consecutive windows add up to what the process has used meanwhile, without a gap."""
    run = measure([event(burn(3), lead_in=False)] * 20)
    so_far = [truth["cpuSoFarUs"] / 1000 for _, truth in run.pairs]
    values = [record.get("cpu_total_time") for record, _ in run.pairs]
    unknown = [-1, *(number for number, value in enumerate(values) if value is None), len(values)]
    before, after = max(zip(unknown, unknown[1:]), key=lambda pair: pair[1] - pair[0])  # the longest stretch of known ones
    assert after - before > 4, values
    first, last = max(before + 1, 1), after - 1
    near(f"cpu_total_time of {last - first + 1} lines", sum(values[first:last + 1]), so_far[last] - so_far[first - 1],
         at_most=1, or_share=0.01)


@pytest.mark.parametrize("memory, vcpus", [(1769, 1), (256, 256 / 1769), (10240, 2)])
def test_utilization_is_the_share_of_what_the_memory_size_allots(measure, memory, vcpus):
    vcpus = min(vcpus, len(os.sched_getaffinity(0)))
    record, _ = measure([event(burn(40))] * 2, memory=memory).cpu_pairs()[-1]
    span = record["duration"] - record["extension_overhead"]
    near("cpu_utilization", record["cpu_utilization"], 100 * record["cpu_total_time"] / (span * vcpus), at_most=0.1,
         or_share=0.002)
