"""LAMBDA_VITALS_LINES with the shipped binary: which invocations have a line, and that the rest is in summaries."""
import json

import pytest

from conftest import FUNCTIONS
from emf_consumer import metrics

USUAL = {"sleepMs": 1}
WITH_DURATION = {"LAMBDA_VITALS_METRICS": "+duration,+memory_peak"}


def parted(records):
    own = [record for record in records if record["event_type"] == "performance"]
    return own, [record for record in records if record["event_type"] == "summary"]


def samples(lines, name):
    """How many samples a metric has in all minutes, by the function's name only."""
    return sum(len(each) for (_, dimensions, metric, _), minutes in metrics(lines).items()
               if metric == name and len(dimensions) == 1 for each in minutes.values())


def test_notable(play):
    run = play([{"invoke": USUAL, "count": 20}, {"invoke": {"fail": "on purpose"}}, {"invoke": {"sleepMs": 300}}, {"invoke": USUAL, "count": 20}],
               env={"LAMBDA_VITALS_LINES": "notable", **WITH_DURATION})
    own, summaries = parted(run.records)
    reasons = {record["request_id"]: record["line_reason"] for record in own}
    assert reasons[run.request_ids[0]] == "cold_start"
    assert reasons[run.request_ids[20]] == "error"
    assert reasons[run.request_ids[21]] in ("slowest", "memory_peak")
    assert all("sample_weight" not in record for record in own)
    assert 1 <= len(summaries) <= 2 and len(run.lines) < 12
    assert len(own) + sum(record["invocations"] for record in summaries) == 42
    for name in ("duration", "cpu_total_time", "total_memory", "rx_bytes", "used_memory_max"):
        assert samples(run.lines, name) == 42, name
    billed = {each["requestId"]: each for each in run.invocations}
    assert len(billed) == 42
    assert not run.warnings


def test_a_sample(play):
    run = play([{"invoke": USUAL, "count": 40}], env={"LAMBDA_VITALS_LINES": "1/4", **WITH_DURATION})
    own, summaries = parted(run.records)
    assert {(record["line_reason"], record["sample_weight"]) for record in own} <= {("sample", 4)}
    assert len(own) + sum(record["invocations"] for record in summaries) == 40
    assert sum(record["cold_starts"] for record in summaries) + sum(record["cold_start"] for record in own) == 1
    assert samples(run.lines, "duration") == 40
    assert samples(run.lines, "init_duration") == 1


def test_all_is_what_it_is_without_the_setting(play):
    run = play([{"invoke": USUAL, "count": 3}], env={"LAMBDA_VITALS_LINES": "all"})
    assert len(run.lines) == 3
    assert not any({"line_reason", "sample_weight"} & record.keys() for record in run.records)


@pytest.mark.parametrize("setting, more, warning", [
    ("some", {}, 'LAMBDA_VITALS_LINES="some": must be all, notable, 1/N or notable,1/N, with N from 2 to 1000000; using all'),
    ("notable", {"LAMBDA_VITALS_HIGH_RESOLUTION": "true"},
     'LAMBDA_VITALS_LINES="notable": cannot keep the second of a value for LAMBDA_VITALS_HIGH_RESOLUTION; using all')])
def test_what_cannot_be_is_one_warning_and_all(play, setting, more, warning):
    run = play([{"invoke": USUAL, "count": 3}], env={"LAMBDA_VITALS_LINES": setting, **more})
    assert len(run.lines) == 3
    assert run.warnings.count("warning:") == 1 and warning in run.warnings


def test_sync_mode(play):
    run = play([{"invoke": USUAL, "count": 10}], env={"LAMBDA_VITALS_LINES": "notable", "LAMBDA_VITALS_EMIT": "sync", **WITH_DURATION})
    own, summaries = parted(run.records)
    assert len(own) + sum(record["invocations"] for record in summaries) == 10
    assert samples(run.lines, "memory_peak") == sum("memory_peak" in record for record in own) + sum(
        len(record.get("memory_peak", [])) for record in summaries)


def test_under_the_rie(under_rie, check_lines):
    with under_rie("python", env={"LAMBDA_VITALS_LINES": "notable", **WITH_DURATION}) as function:
        for _ in range(12):
            function.invoke(USUAL)
        function.terminate()
        lines = check_lines(function.emf_lines())
    own, summaries = parted([json.loads(line) for line in lines])
    assert own[0]["line_reason"] == "cold_start"
    assert len(own) + sum(record["invocations"] for record in summaries) == 12
    assert samples(lines, "total_memory") == 12


def test_managed(play):
    run = play([{"invoke": {"sleepMs": 5}, "count": 60}, {"invoke": {"fail": "Function.Wrong"}}], options=["--managed", "--concurrency", "8"],
               runtime=["./bootstrap"], cwd=FUNCTIONS / "concurrent", env={"LAMBDA_VITALS_LINES": "notable", **WITH_DURATION})
    own, summaries = parted(run.records)
    environment = [record for record in own if "request_id" not in record]
    invocations = [record for record in own if "request_id" in record]
    assert len(environment) == 1 and environment[0]["invocations"] == 61
    assert len(invocations) + sum(record["invocations"] for record in summaries) == 61
    assert {record["line_reason"] for record in invocations} == {"first", "error", "slowest"}
    assert all("line_reason" not in record for record in environment)
    assert sum(len(record["duration"]) for record in summaries) + len(invocations) == 61
