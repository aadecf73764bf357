"""LAMBDA_VITALS_LINES: the same history gives the same metrics with every setting, whichever invocations have a line of their own.

test/tools/history plays the history to the life cycles; harness/emf_consumer.py makes metrics of the lines.
"""
import json
import os
import pathlib
import subprocess
import time
from collections import Counter

import pytest

from emf_consumer import metrics, statistics

ROOT = pathlib.Path(__file__).resolve().parents[2]
INVOCATIONS = 100_000
SETTINGS = ("notable", "1/100", "notable,1/20")
# The metrics are exact in the whole history where few are published; where all are, a part of it shows the same.
HISTORIES = [("on-demand", "default", INVOCATIONS), ("on-demand", "duration,memory_peak,billed_duration,threads_max", INVOCATIONS),
             ("on-demand", "all", 10_000), ("managed", "+duration,+concurrency", 30_000)]
START_MS = (int(time.time()) - 8 * 86400) * 1000


def tool(variable, name):
    return pathlib.Path(os.environ.get(variable) or ROOT / "build" / "release" / name)


def lines_of(folder, kind, invocations, **settings):
    """The lines of the history, all of them valid."""
    path = folder / "lines"
    env = {f"LAMBDA_VITALS_{name}": value for name, value in settings.items()}
    with path.open("wb") as out:
        subprocess.run([tool("VITALS_HISTORY", "line-history"), str(invocations), "7", kind, str(START_MS)], env=env, stdout=out,
                       check=True, timeout=300)
    with path.open("rb") as lines:
        check = subprocess.run([tool("VITALS_VALIDATOR", "emf-validate"), "--strict",
                                *(["--max-bytes", "16384"] if settings.get("METRICS") == "all" else [])],
                               stdin=lines, capture_output=True, text=True, timeout=300)
    assert check.returncode == 0, check.stdout[-2000:]
    return path.read_text().splitlines()


@pytest.mark.parametrize("kind, chosen, invocations", HISTORIES, ids=["default", "named", "all", "managed"])
def test_every_metric_is_exact(tmp_path, kind, chosen, invocations):
    everything = lines_of(tmp_path, kind, invocations, METRICS=chosen)
    expected = metrics(everything)
    for setting in SETTINGS:
        lines = lines_of(tmp_path, kind, invocations, METRICS=chosen, LINES=setting)
        assert len(lines) < len(everything) / 2
        found = metrics(lines)
        assert found.keys() == expected.keys()
        for series, minutes in expected.items():
            assert found[series].keys() == minutes.keys(), series
            for minute, samples in minutes.items():
                assert found[series][minute] == samples, (series, minute)
                assert statistics(found[series][minute]) == statistics(samples)


@pytest.mark.parametrize("kind", ["on-demand", "managed"])
def test_every_invocation_counts_once(tmp_path, kind):
    """And so does what is billed, which the default metrics do not have."""
    def totals(lines):
        counts = Counter()
        for record in map(json.loads, lines):
            if record["event_type"] == "summary":
                counts["invocations"] += record["invocations"]
            elif "request_id" not in record:
                continue  # of an environment
            else:
                counts["invocations"] += 1
            for name in ("billed_duration", "billed_mb_ms"):
                counts[name] += record.get(name, 0)
        return counts

    expected = totals(lines_of(tmp_path, kind, 20_000))
    assert expected["invocations"] == 20_000
    for setting in SETTINGS:
        assert totals(lines_of(tmp_path, kind, 20_000, LINES=setting)) == expected


def test_the_slowest_of_each_minute_and_what_failed_have_lines(tmp_path):
    everything = [json.loads(line) for line in lines_of(tmp_path, "on-demand", 20_000)]
    chosen = [json.loads(line) for line in lines_of(tmp_path, "on-demand", 20_000, LINES="notable")]
    own = {record["request_id"]: record["line_reason"] for record in chosen if record["event_type"] == "performance"}
    slowest = {}
    for record in everything:
        if record.get("status", "success") != "success" or record["cold_start"]:
            assert record["request_id"] in own
        if "duration" in record:
            minute = record["sandbox_id"], int(record["_aws"]["Timestamp"] + record["duration"]) // 60_000
            slowest[minute] = max(slowest.get(minute, record), record, key=lambda each: each["duration"])
    assert all(record["request_id"] in own for record in slowest.values())
    assert Counter(own.values())["slowest"] <= len(slowest)


def test_a_sample_is_that_of_the_hash(tmp_path):
    """As docs/configuration.md computes it."""
    def fnv1a(text):
        value = 14695981039346656037
        for byte in text.encode():
            value = (value ^ byte) * 1099511628211 % 2**64
        return value

    everything = [json.loads(line) for line in lines_of(tmp_path, "on-demand", 20_000)]
    sample = [json.loads(line) for line in lines_of(tmp_path, "on-demand", 20_000, LINES="1/50")]
    own = [record for record in sample if record["event_type"] == "performance"]
    assert [record["request_id"] for record in own] == [
        record["request_id"] for record in everything if fnv1a(record["request_id"]) % 50 == 0]
    assert {(record["line_reason"], record["sample_weight"]) for record in own} == {("sample", 50)}
    both = [json.loads(line) for line in lines_of(tmp_path, "on-demand", 20_000, LINES="notable,1/50")]
    estimate = sum(record.get("sample_weight", 0) for record in both)
    assert abs(estimate - 20_000) < 4_000
