"""docs/at-scale.md has the report's own queries, and they give what the report gives.

There is no Athena here. sqlglot reads the page's SQL by Athena's grammar and writes it for DuckDB, where it is run over lines.
"""
import duckdb
import pytest
import sqlglot

import athena
from lines import PROFILES, encode, lines_of
from report import containers
from report.store import Store

LINE = encode(next(lines_of(PROFILES[0], 1, seed=9)))
MALFORMED = (  # what the report counts as broken, or reads without the value
    LINE[:300], LINE[:-1], LINE.replace('"duration":', '"duration":NaN,"x":'), LINE.replace('"duration":', '"duration":"<b>","x":'),
    LINE.replace('"duration":', '"duration":-5,"x":').replace('"cpu_total_time":', '"cpu_total_time":1e999,"x":'),
    LINE.replace('"duration":', '"duration":[1],"x":').replace('"Timestamp":', '"Timestamp":9,"x":'),
    LINE.replace('"checkout"', "null"), LINE.replace('"cold_start":true', '"cold_start":"maybe"'))
PAGE = dict(athena.BLOCK.findall(athena.PAGE.read_text(encoding="utf-8")))


def test_the_page_is_up_to_date():
    made = athena.blocks()
    assert set(PAGE) == {"table", *made}
    for name, text in made.items():
        assert PAGE[name] == text, f"run test/report/athena.py: {name} has changed"


@pytest.fixture(scope="module")
def both():
    """The report's store, and the same lines behind the page's views."""
    lines = [encode(record) for profile in PROFILES for record in lines_of(profile, 400)]
    lines += [line.replace(LINE[LINE.index('"request_id"'):][:30], f'"request_id":"malformed-{number:05}')
              for number, line in enumerate(MALFORMED)]
    with Store() as store, duckdb.connect() as database:
        for block in containers.records([("\n".join(lines) + "\n").encode()], containers.Counts()):
            store.add(block)
        store.finish()
        database.execute("CREATE TABLE vitals_lines (line VARCHAR)")
        database.execute("INSERT INTO vitals_lines SELECT '2026-01-01T00:00:00Z ' || unnest(?)", [lines + lines[:50]])
        database.execute("INSERT INTO vitals_lines VALUES ('START RequestId: 1'), ('')")
        for statement in ported("invocations"):
            database.execute(statement)
        database.execute("CREATE TABLE found AS SELECT * FROM invocations")  # once for all the queries
        database.execute("DROP VIEW invocations")
        database.execute("ALTER TABLE found RENAME TO invocations")
        yield store, database


def ported(name):
    """With exact percentiles, so that the numbers can be compared."""
    return [each.replace("APPROX_QUANTILE(", "QUANTILE_DISC(") for each in sqlglot.transpile(PAGE[name], read="athena", write="duckdb") if each]


def rows(cursor):
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row)) for row in cursor.fetchall()]


@pytest.mark.parametrize("name, query, parts", [
    ("functions", "per_function", {}), ("failures", "errors", {}),
    ("hours", "over_time", {"step": athena.HOUR_MS, "start": "0", "chosen": "true"}), ("durations", "distribution", {"chosen": "true"}),
    ("sizing", "advice", {})])
def test_it_gives_what_the_report_gives(name, query, parts, both):
    store, database = both
    for statement in ported(name):
        cursor = database.execute(statement)
    there = {key(row): row for row in rows(cursor)}
    here = {key(row): row for row in store.rows(query, **parts)}
    assert set(here) == set(there) and here
    for each, row in here.items():
        for column, value in row.items():
            expected = value if isinstance(value, (str, type(None))) else pytest.approx(value, rel=1e-9)
            assert there[each][column] == expected, (each, column)


def key(row):
    return tuple(row[column] for column in ("function_name", "step", "status", "error_type") if column in row)


def test_malformed_lines_cost_only_themselves(both):
    _, database = both
    found = dict(database.execute("SELECT request_id, duration FROM invocations WHERE request_id LIKE 'malformed-%'").fetchall())
    assert {number for number in range(len(MALFORMED)) if any(f"{number:05}" in name for name in found)} == {2, 3, 4, 5, 7}
    assert [duration for name, duration in sorted(found.items())][:4] == [None] * 4


def test_sandboxes_that_grow_come_first(both):
    _, database = both
    for statement in ported("growth"):
        cursor = database.execute(statement)
    assert {row["function_name"] for row in rows(cursor)[:4]} == {"orders"}
