"""CPU time of children that start and end between two samples of the extension.

The kernel adds it, in nanoseconds, to the children's time of their parent, and shows it truncated: user and system time each
to a tick of 10 ms. So two ticks are certain at each window boundary, and for any number of windows together;
what is in between is estimated (extension/sampling/children_time.h)."""
import statistics

import pytest

from accuracy import children, event, measure, near, note, sleep  # noqa: F401

TWO_TICKS_MS = 20
CASES = [(200, 1, "fork", 1), (200, 1, "fork", 4), (200, 1, "exec", 1), (200, 0.3, "fork", 1), (40, 5, "exec", 1)]


def compare_sum(run):
    """Windows with a left-out one between them have two separate boundaries each."""
    gaps = sum("cpu_total_time" not in record for record, _ in run.pairs[1:])
    near("all windows", sum(record["cpu_total_time"] for record, _ in run.cpu_pairs()),
         sum(truth for _, truth in run.cpu_pairs()), at_most=TWO_TICKS_MS * (1 + gaps))


@pytest.mark.parametrize("count, ms, how, at_once", CASES)
def test_short_children(measure, count, ms, how, at_once):
    run = measure([event(children(count, ms, how, at_once))] * 7)
    errors = []
    for record, truth in run.cpu_pairs():
        near("cpu_total_time", record["cpu_total_time"], truth, at_most=2 * TWO_TICKS_MS)
        assert record["cpu_user_time"] + record["cpu_system_time"] == pytest.approx(record["cpu_total_time"], abs=0.0005)
        errors.append(abs(record["cpu_total_time"] - truth))
    compare_sum(run)
    within = sum(error <= max(1, 0.01 * truth) for error, (_, truth) in zip(errors, run.cpu_pairs()))
    note(f"{count} {how} of {ms} ms, {at_once} at once: {within} of {len(errors)} windows within 1 ms or 1 %,"
         f" median error {statistics.median(errors):.2f} ms")


def test_children_of_many_ticks(measure):
    run = measure([event(children(6, 60, "fork", 2))] * 3)
    compare_sum(run)


def test_children_that_nobody_waits_for_count_up_to_the_last_look_at_them(measure):
    """With SIGCHLD ignored the kernel adds their time to no process."""
    interval_ms, count = 5, 5
    run = measure([event(children(count, 50, "ignored"))] * 2, env={"LAMBDA_VITALS_SAMPLE_INTERVAL_MS": str(interval_ms)})
    unwaited = {record["request_id"]: truth["unwaitedNs"] / 1e6 for record, truth in run.pairs}
    for record, truth in run.cpu_pairs():
        truth += unwaited[record["request_id"]]
        near("cpu_total_time", record["cpu_total_time"], truth, at_most=count * 2 * interval_ms)
        assert record["cpu_total_time"] <= truth + 1


def test_a_quiet_window_after_children_has_none_of_their_time(measure):
    run = measure([event(children(100, 1)), event(sleep(20)), event(sleep(20))])
    for record, truth in run.cpu_pairs():
        near("cpu_total_time", record["cpu_total_time"], truth, at_most=1)
