"""cpu_wait_time against the time in which a function that only computes did not run.

The tests run beside others, so a function waits for the processor also without a quota; with one it waits most of the time.
What the workload knows is what it waited while it computed. A little more is the runtime's, before and after that.
"""
import pytest

from accuracy import burn, children, event, measure, note, sleep  # noqa: F401
from quota import cpu_quota  # noqa: F401

NAMED = {"LAMBDA_VITALS_METRICS": "+cpu_wait_time"}
POOL = {"do": "burn", "ms": 40, "threads": 4, "stay": True}


def computing(ms) -> dict:
    return event(burn(ms), lead_in=False)


def between(record, least, most):
    value = record["cpu_wait_time"]
    note(f"cpu_wait_time {value:.3f}, in truth {least:.3f} to {most:.3f}")
    assert least - 1 <= value <= most + 1


def compare(run) -> int:
    """One thread that never sleeps waits when it does not run, and once more until it sleeps after its answer: a period of the
    quota at most. How many lines have the value, which must be right."""
    known = [(record, truth) for record, truth in run.pairs if "cpu_wait_time" in record]
    for record, truth in known:
        between(record, truth["waitedNs"] / 1e6, record["duration"] - truth["cpuUs"] / 1000 + 20)
    return len(known)


def test_one_thread(measure):
    assert compare(measure([computing(ms) for ms in (5, 50, 150)]))


@pytest.mark.shipped("a sanitizer takes several times the CPU")
def test_one_thread_with_a_fraction_of_a_cpu(measure, cpu_quota):
    run = measure([computing(30)] * 4, memory=128, options=cpu_quota)
    assert compare(run)
    for record, _ in run.pairs:
        if "cpu_wait_time" in record:
            assert record["cpu_wait_time"] > 3 * record["cpu_total_time"]


def test_a_function_that_sleeps_waits_only_until_it_runs_again(measure):
    for record, _ in measure([event(sleep(300))] * 3).pairs:
        assert record.get("cpu_wait_time", 0) < 100


def test_threads_that_stay_are_known_where_the_field_is_named(measure):
    named = [(record, truth["waitedNs"] / 1e6) for record, truth in measure([event(POOL)] * 4, env=NAMED).pairs[1:]
             if "cpu_wait_time" in record]
    assert named
    for record, waited in named:
        between(record, waited, waited * 1.1 + 20)  # this one waits, too, until it is woken
    assert not any("cpu_wait_time" in record for record, _ in measure([event(POOL)] * 2).pairs)


@pytest.mark.parametrize("step", [burn(20, threads=4), children(3, 10), children(2, 10, how="exec")],
                         ids=["threads", "children", "programs"])
def test_what_has_ended_has_taken_its_waiting_with_it(measure, step):
    assert not any("cpu_wait_time" in record for record, _ in measure([event(step)] * 3, env=NAMED).pairs)
