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


def test_sandboxes_that_grow_come_first(both):
    _, database = both
    for statement in ported("growth"):
        cursor = database.execute(statement)
    assert {row["function_name"] for row in rows(cursor)[:4]} == {"orders"}
