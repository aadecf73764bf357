"""Each number against the same number from plain Python."""
import math
import statistics

import pytest

from lines import PROFILES, Profile, lines_of

PROFILE = Profile(error_share=0.05, timeout_share=0.03, invocations=40, memory_end=True)


def percentile(values, share):
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


@pytest.fixture(scope="module")
def records():
    return list(lines_of(PROFILE, 400))


@pytest.fixture
def function(records, numbers):
    (found,) = numbers(records)["functions"]
    return found


def values(records, name):
    return [record[name] for record in records if name in record]


def test_counts(function, records):
    assert function["invocations"] == function["lines"] == 400
    assert function["sandboxes"] == function["cold_starts"] == 10
    assert function["errors"] == sum(record["status"] != "success" for record in records) > 0
    assert function["timeouts"] == sum(record["status"] == "timeout" for record in records) > 0
    assert sum(each["invocations"] for each in function["errors_by_type"]) == function["errors"]
    assert {each["error_type"] for each in function["errors_by_type"]} == set(values(records, "error_type"))


@pytest.mark.parametrize("name, field, share", [
    ("duration_p50", "duration", 0.5), ("duration_p95", "duration", 0.95), ("duration_p99", "duration", 0.99),
    ("memory_peak_p99", "memory_peak", 0.99), ("cpu_p95", "cpu_total_time", 0.95), ("init_p95", "init_duration", 0.95),
    ("memory_left_p50", "memory_end", 0.5), ("extension_overhead_p99", "extension_overhead", 0.99)])
def test_percentiles(name, field, share, function, records):
    assert function[name] == percentile(values(records, field), share)


def test_extremes_and_averages(function, records):
    assert function["memory_peak_max"] == max(values(records, "memory_peak"))
    assert function["tmp_used_max"] == max(values(records, "tmp_used"))
    assert function["cpu_avg"] == pytest.approx(statistics.fmean(values(records, "cpu_total_time")), abs=0.001)
    assert function["extensions_cpu_avg"] is None and function["time_limit"] is None  # absent is not zero


def test_cost(function, records, numbers):
    mb_ms = sum(values(records, "billed_mb_ms"))
    assert function["cost_usd"] == pytest.approx(mb_ms / 1024000 * 0.0000166667 + 400 * 0.0000002, abs=1e-8)
    own = numbers(records, price=("x86_64=0.001", "requests=10"))["functions"][0]
    assert own["cost_usd"] == pytest.approx(mb_ms / 1024000 * 0.001 + 400 * 0.00001, abs=1e-7)


def test_without_telemetry_there_is_no_cost(numbers):
    (function,) = numbers(lines_of(Profile(telemetry=False), 60))["functions"]
    assert function["cost_usd"] is None and function["errors"] == 0
    assert function["advice"]["reason"] == "no_telemetry"


def test_functions_come_the_most_expensive_first(numbers):
    result = numbers([record for profile in PROFILES for record in lines_of(profile, 60)])
    costs = [function["cost_usd"] for function in result["functions"]]
    assert costs == sorted(costs, reverse=True) and len(costs) == 5
    assert result["cost_usd"] == pytest.approx(sum(costs), abs=1e-8)


def test_the_json_has_the_documented_members(numbers):
    result = numbers(lines_of(Profile(), 3))
    assert set(result) == {"schema", "report_version", "period", "invocations", "cost_usd", "prices", "functions", "leaks",
                           "counted", "skipped"}
    assert set(result["skipped"]) == {"duplicate", "filtered", "broken", "other", "too_long"}


def test_an_invocation_that_timed_out_without_memory_is_no_other_error(numbers):
    kinds = [{"status": "timeout", "timeout": True, "out_of_memory": True}] * 2 + [{"status": "error"}] + [{}] * 9
    (function,) = numbers([{**record, **kind} for record, kind in zip(lines_of(Profile(), 12), kinds)])["functions"]
    assert [function[name] for name in ("errors", "other_errors", "timeouts", "out_of_memory")] == [3, 1, 2, 2]
    assert any(each["kind"] == "error" for each in function["findings"])
