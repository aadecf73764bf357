"""The queries of docs/queries.md, run over lines that the extension really wrote."""
import pathlib
import re
import statistics

import pytest

import logs_insights
from recorded import FIELDS, of_someone_else

pytestmark = pytest.mark.shipped("lines of functions with 128 MB, of which a sanitizer takes a half")

ROOT = pathlib.Path(__file__).resolve().parents[2]
QUERIES = dict(re.findall(r"^## (.+?)$(?:(?!^## ).)*?^```logs-insights\n(.*?)^```$", (ROOT / "docs" / "queries.md").read_text(),
                          re.MULTILINE | re.DOTALL))
GB_SECOND_USD, REQUEST_USD = 0.0000166667, 0.0000002
MB = 1 << 20


@pytest.fixture
def ask(records):
    """The rows of the query under a heading."""
    return lambda heading: logs_insights.run(QUERIES[heading], records, FIELDS)


def of(records, name):
    return [each for each in records if each["function_name"] == name]


def values(records, name):
    """Of those that have it: a busy machine may leave a value out."""
    return [each[name] for each in records if name in each]


def percentile(values, percent):
    return sorted(values)[-(-len(values) * percent // 100) - 1]


def test_slowest_invocations(ask, records):
    rows = ask("Slowest invocations")
    assert len(rows) == len(records) <= 20
    durations = sorted((each["duration"] for each in records if "duration" in each), reverse=True)
    assert [row["duration"] for row in rows if row["duration"] is not None] == durations
    assert rows[0]["function_name"] == "checkout" and rows[0]["duration"] >= 1000


def test_duration_by_percentile(ask, records):
    rows = {row["function_name"]: row for row in ask("Duration by percentile")}
    assert {name: row["version"] for name, row in rows.items()} == {
        "archive": None, "checkout": None, "orders": None, "search": None, "thumbnails": "live"}
    for name, row in rows.items():
        durations = [each["duration"] for each in of(records, name) if "duration" in each]
        assert row["invocations"] == len(of(records, name))
        assert (row["p50_ms"], row["p95_ms"], row["slowest_ms"]) == (
            percentile(durations, 50), percentile(durations, 95), max(durations))


def test_cold_starts_by_percentile(ask, records):
    rows = {row["function_name"]: row for row in ask("Cold starts by percentile")}
    assert "search" not in rows and "init_duration" in of(records, "search")[0]  # which nobody waited for
    for name, waited in (("checkout", "init_duration"), ("thumbnails", "init_duration"), ("orders", "restore_duration")):
        cold = [each for each in of(records, name) if each["cold_start"]]
        assert rows[name]["cold_starts"] == len(cold) >= 1
        assert rows[name]["p95_ms"] == percentile([each[waited] for each in cold], 95)
        assert rows[name]["restores"] == (1 if name == "orders" else 0)
        used = values(cold, "init_cpu_time")
        assert rows[name]["average_cpu_ms"] == (pytest.approx(statistics.mean(used)) if used else None)


def test_share_of_cold_starts(ask, records):
    rows = {row["function_name"]: row for row in ask("Share of cold starts")}
    assert {name: row["cold_starts"] for name, row in rows.items()} == {
        "archive": 1, "checkout": 3, "orders": 1, "search": 0, "thumbnails": 2}
    for name, row in rows.items():
        mine = of(records, name)
        assert row["invocations"] == len(mine)
        assert row["percent"] == pytest.approx(row["cold_starts"] / len(mine) * 100)
        assert row["sandboxes"] == len({each["sandbox_id"] for each in mine})


def test_memory_over_provisioned(ask, records):
    (row,) = ask("Memory over-provisioned")
    mine = of(records, "checkout")
    assert (row["function_name"], row["size_mb"]) == ("checkout", 1024)
    assert row["used_mb"] == max(each["used_memory_max"] for each in mine) < 512
    assert row["gb_seconds"] == pytest.approx(sum(each.get("billed_duration", 0) for each in mine) / 1000)  # at 1 GB


def test_close_to_the_memory_limit(ask, records):
    rows = ask("Close to the memory limit")
    high = [each for each in records if each["memory_utilization"] > 90]
    assert sum(row["invocations"] for row in rows) == len(high) >= 1
    assert {row["function_name"] for row in rows} == {"archive", "thumbnails"}


def test_cpu_bound(ask):
    row = {row["function_name"]: row for row in ask("CPU-bound")}
    assert "checkout" not in row
    assert row["thumbnails"]["invocations"] >= 5 and row["thumbnails"]["average_percent"] > 80


def test_timeouts_and_out_of_memory(ask, records):
    rows = ask("Timeouts and out of memory")
    assert [(row["function_name"], row["timeout"], row["out_of_memory"]) for row in rows] == [
        ("archive", None, None), ("thumbnails", None, 1), ("checkout", 1, None)]
    assert {row["request_id"] for row in rows} == {
        each["request_id"] for each in records if each.get("timeout") or each.get("status") == "failure"}


def test_errors_by_type(ask, records):
    rows = {(row["function_name"], row["error_type"]): row for row in ask("Errors by type")}
    assert sum(row["invocations"] for row in rows.values()) == sum("error_type" in each for each in records)
    assert rows["checkout", "RuntimeError"]["invocations"] == 1


def test_cost_by_function(ask, records):
    rows = ask("Cost by function")
    assert {row["function_name"] for row in rows} == {each["function_name"] for each in records}
    for row in rows:
        mine = of(records, row["function_name"])
        billed = [each["billed_mb_ms"] for each in mine if "billed_mb_ms" in each]
        usd = sum(billed) / 1024 / 1000 * GB_SECOND_USD + len(mine) * REQUEST_USD
        assert row["usd"] == (pytest.approx(usd) if billed else None)


def test_noisy_sandboxes(ask, records):
    rows = ask("Noisy sandboxes")
    assert len(rows) >= 3
    averages = [row["average_ms"] for row in rows]
    assert averages == sorted(averages, reverse=True)
    for row in rows:
        mine = [each for each in records if each["sandbox_id"] == row["sandbox_id"] and each.get("duration", 0) >= 10]
        assert row["invocations"] == len(mine)
        assert row["tmp_mb"] == pytest.approx(max(values(mine, "tmp_used")) / MB)


def test_leaks(ask, records):
    rows = ask("Leaks")
    for row in rows:
        mine = [each for each in records if each["sandbox_id"] == row["sandbox_id"]]
        growth = max(each["memory_peak"] for each in mine) - min(each["memory_peak"] for each in mine)
        assert row["mb_per_invocation"] == pytest.approx(growth / max(each["invocation"] for each in mine))
    assert {row["function_name"] for row in rows} == {"checkout", "thumbnails"}


def test_disk_and_network(ask, records):
    for row in ask("Disk and network"):
        mine = of(records, row["function_name"])
        assert row["written_mb"] == pytest.approx(sum(values(mine, "disk_write_bytes")) / MB)
        assert row["received_mb"] == pytest.approx(sum(values(mine, "rx_bytes")) / MB)
    assert max(row["written_mb"] for row in ask("Disk and network")) >= 12  # 3 MB, 4 times


def test_what_extensions_cost(ask, records):
    for row in ask("What extensions cost"):
        mine = of(records, row["function_name"])
        overhead = [each["extension_overhead"] for each in mine if "extension_overhead" in each]
        assert row["average_overhead_ms"] == (pytest.approx(statistics.mean(overhead)) if overhead else None)
        assert row["vitals_mb"] == max(each["agent_memory_max"] for each in mine)
        assert row["other_extensions_mb"] is None


@pytest.mark.parametrize("query", [pytest.param(text, id=heading) for heading, text in QUERIES.items()])
def test_lines_of_someone_else_are_not_counted(records, query):
    assert logs_insights.run(query, [*records, of_someone_else(records)], FIELDS) == logs_insights.run(query, records, FIELDS)


def test_every_query_is_tested():
    tested = {name.removeprefix("test_").replace("_", " ") for name in globals() if name.startswith("test_")}
    assert {heading.lower().replace("-", " ") for heading in QUERIES} <= tested
    assert len(QUERIES) == (ROOT / "docs" / "queries.md").read_text().count("```logs-insights") == 14


@pytest.mark.parametrize("query", [
    'filter duratoin > 3', 'filter duration >', 'filter @message like "x"', 'filter duration = "3"', 'stats count(*)',
    'stats avg(duratoin) as x', 'stats duration as x', 'stats pct(duration) as x', 'filter avg(duration) > 3', 'dedup duration',
    'fields nothing', 'sort nothing', 'parse @message "x" as y'])
def test_a_query_that_is_wrong_or_unknown_is_loud(records, query):
    with pytest.raises(logs_insights.QueryError):
        logs_insights.run(query, records, FIELDS)
