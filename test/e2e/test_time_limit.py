"""time_limit is the timeout that the function was configured with, which nobody reports; and how near to it each one came."""
import json

import pytest

LIMITS = (1, 3, 29, 900)  # seconds
LATE = ["--fault", "api:next=delay:1200@times:1"]  # the first INVOKE reaches the extension late; the function runs at once


def assert_shares(records):
    for record in records:
        if "duration" in record and "time_limit" in record:
            assert record["time_utilization"] == pytest.approx(100 * record["duration"] / record["time_limit"], abs=0.001)
        else:
            assert "time_utilization" not in record


def test_with_telemetry_every_line_has_its_own(play):
    run = play([{"invoke": {"sleepMs": 40}, "timeout": limit} for limit in LIMITS])
    assert [each.get("time_limit") for each in run.records] == [limit * 1000 for limit in LIMITS]
    assert [type(each["time_limit"]) for each in run.records] == [int] * 4
    assert_shares(run.records)
    assert all("time_utilization" in each for each in run.records)


def test_an_invoke_that_is_late_by_more_than_a_second_changes_nothing(play):
    run = play([{"invoke": {"sleepMs": 40}, "count": 3}], options=["--timeout", "3", *LATE])
    assert [each.get("time_limit") for each in run.records] == [3000] * 3
    assert_shares(run.records)


def test_what_times_out_has_used_all_of_it(play):
    run = play([{"invoke": {"hang": True}, "timeout": 1}], options=["--report-after-reset"])
    (record,) = run.records
    assert record["timeout"] and record["time_limit"] == 1000
    assert 100 <= record["time_utilization"] < 130


def test_a_timeout_of_a_fraction_of_a_second_which_lambda_does_not_have_is_not_rounded(play):
    run = play([{"invoke": {}, "timeout": 0.5}, {"invoke": {}, "timeout": 1.3}])
    assert not any("time_limit" in each for each in run.records)


@pytest.mark.socket_diagnostics
@pytest.mark.parametrize("options", [[], LATE], ids=["in-time", "late"])
def test_without_telemetry_it_is_right_or_absent(play, options):
    run = play([{"invoke": {"sleepMs": 40}, "count": 4}], options=["--telemetry", "off", "--timeout", "3", *options])
    limits = [each.get("time_limit") for each in run.records]
    assert limits[-1] == 3000 and set(limits) <= {3000, None}
    assert_shares(run.records)


@pytest.mark.parametrize("limit", [1, 900])
def test_under_the_emulator(under_rie, limit):
    with under_rie("shell", timeout=limit) as lambda_:
        for _ in range(2):
            lambda_.invoke()
        lambda_.terminate()
        records = [json.loads(line) for line in lambda_.emf_lines()]
    assert [each.get("time_limit") for each in records] == [limit * 1000] * 2
    assert_shares(records)
