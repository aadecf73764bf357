"""The queries of docs/queries.md: each gives the known answer on lines with one, and reads lines that the extension wrote."""
import json
import pathlib
import re

import pytest

import known_lines
import logs_insights
from recorded import FIELDS, of_someone_else

ROOT = pathlib.Path(__file__).resolve().parents[2]
QUERIES = dict(re.findall(r"^## ([^\n]+)$(?:(?!^## ).)*?^```logs-insights\n(.*?)^```$", (ROOT / "docs" / "queries.md").read_text(),
                          re.MULTILINE | re.DOTALL))
EVERY_QUERY = pytest.mark.parametrize("heading", QUERIES)


@EVERY_QUERY
def test_the_known_answer(heading):
    rows = logs_insights.run(QUERIES[heading], known_lines.lines(), FIELDS)
    assert rows == [pytest.approx(row) for row in known_lines.ANSWERS[heading]]
    others = [of_someone_else(known_lines.lines()), known_lines.of_an_environment()]
    assert rows == logs_insights.run(QUERIES[heading], [*known_lines.lines(), *others], FIELDS)


def test_every_query_is_on_the_page_and_has_an_answer():
    assert list(QUERIES) == list(known_lines.ANSWERS)
    assert len(QUERIES) == (ROOT / "docs" / "queries.md").read_text().count("```logs-insights")


@EVERY_QUERY
@pytest.mark.shipped("lines of functions with 128 MB, of which a sanitizer takes a half")
def test_lines_of_the_extension_are_understood(records, heading):
    rows = logs_insights.run(QUERIES[heading], records, FIELDS)
    assert rows or heading == "Leaks"  # the sandboxes of these functions have not lived long enough
    assert all(any(row[name] is not None for row in rows) for name in (rows or [{}])[0] if not name.startswith("other_extensions"))


@EVERY_QUERY
def test_summaries_are_only_in_the_answer_that_counts_them(heading):
    rows = logs_insights.run(QUERIES[heading], [*known_lines.lines(), known_lines.a_summary()], FIELDS)
    expected = [dict(row) for row in known_lines.ANSWERS[heading]]
    if heading == "Invocations and what they cost":
        expected[0] |= {"all_invocations": 15, "gb_seconds": 15}
    assert rows == [pytest.approx(row) for row in expected]


def test_the_page_says_of_every_query_what_it_does_with_summaries():
    page = (ROOT / "docs" / "queries.md").read_text()
    rows = re.findall(r"^\| \[(.+?)\]\(#(.+?)\) \|", page, re.MULTILINE)
    assert [name for name, _ in rows] == [name for name in QUERIES if name != "Invocations and what they cost"]
    assert all(link == name.lower().replace(" ", "-") for name, link in rows)


def of_page(page):
    return re.findall(r"^```logs-insights\n(.*?)^```$", (ROOT / "docs" / page).read_text(), re.MULTILINE | re.DOTALL)


def test_the_queries_of_managed_instances():
    environment = {"_aws": {"Timestamp": 0}, "event_type": "performance", "instance_id": "i", "interval": 60000, "concurrency_max": 4,
                   "cpu_utilization": 20, "memory_utilization_max": 40, "errors": 1}
    invocation = {"_aws": {"Timestamp": 0}, "event_type": "performance", "request_id": "r", "instance_id": "i", "duration": 10}
    lines = [environment, {**environment, "concurrency_max": 6, "cpu_utilization": 40, "errors": 2},
             *({**invocation, "concurrency": number} for number in (2, 1, 2))]
    per_environment, slow = of_page("managed-instances.md")
    assert logs_insights.run(per_environment, lines, FIELDS) == [
        {"instance_id": "i", "most_at_once": 6, "cpu_percent": 30, "memory_percent": 40, "failed": 3}]
    assert logs_insights.run(slow, lines, FIELDS) == [
        {"concurrency": number, "invocations": count, "p50_ms": 10, "p99_ms": 10} for number, count in ((1, 1), (2, 2))]


def test_the_query_of_snapstart():
    lines = [{"_aws": {"Timestamp": 0}, "event_type": "performance", "function_name": "f", "version": "7", **more}
             for more in ({"restore_duration": 300, "billed_restore_duration": 100}, {"restore_duration": 100}, {})]
    (query,) = of_page("snapstart.md")
    assert logs_insights.run(query, lines, FIELDS) == [
        {"function_name": "f", "version": "7", "restores": 2, "p50_ms": 100, "p95_ms": 300, "most_billed_ms": 100}]


def test_the_prices_are_those_of_the_report():
    prices = json.loads((ROOT / "scripts" / "lib" / "report" / "prices.json").read_text())["default"]
    for price in (prices["x86_64"], prices["arm64"], prices["requests"] / 1e6):
        assert f"{price:.10f}" in QUERIES["Cost by function"].replace("0.0000002 ", "0.0000002000 ")


def test_errors_are_counted_without_lines_that_have_their_level():
    """docs/troubleshooting.md: with JSON log format and level ERROR, successful lines have that level, too."""
    page = (ROOT / "docs" / "troubleshooting.md").read_text()
    (query,) = re.findall(r"^```logs-insights\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    own = {"_aws": {"Timestamp": 0}, "level": "ERROR", "message": "of the function"}
    lines = [own, *({**each, "level": "ERROR"} for each in known_lines.lines())]
    assert logs_insights.run(query, lines, FIELDS | {"level"}) == [{"errors": 1}]
    assert '{ ($.level = "ERROR") && ($.event_type NOT EXISTS) }' in page  # the same as a metric filter


@pytest.mark.parametrize("query", [
    'filter duratoin > 3', 'filter duration >', 'filter @message like "x"', 'filter duration = "3"', 'stats count(*)',
    'stats avg(duratoin) as x', 'stats duration as x', 'stats pct(duration) as x', 'filter avg(duration) > 3', 'dedup duration',
    'fields nothing', 'sort nothing', 'parse @message "x" as y', 'display nothing', 'filter version in []'])
def test_a_query_that_is_wrong_or_unknown_is_loud(query):
    with pytest.raises(logs_insights.QueryError):
        logs_insights.run(query, known_lines.lines(), FIELDS)
