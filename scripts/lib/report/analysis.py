"""From the store to one dictionary with every number: what --json prints and the page draws."""
import datetime

from . import VERSION, advice, findings, leaks
from .store import literal, statement

SCHEMA = 1
MOST_LEAKS = 1000  # rows of the list; a function's findings count them all

# Columns of sql/functions.sql that the JSON groups; the rest keep their names.
PERCENTILES = ("p50", "p95", "p99", "max", "avg")


def analyse(store, counts, prices, tell=lambda text: None):
    tell("functions")
    functions = store.rows("functions", per_function=statement("per_function").rstrip().rstrip(";"))
    tell("leaks")
    leaking = leaks.find(store)
    tell("advice")
    sizing = {row["function_name"]: row for row in store.rows("advice")}
    sizes = {}
    for row in store.rows("sizes", sizes=str(advice.SIZES), sample="400" if len(functions) <= 60 else "60"):
        sizes.setdefault(row["function_name"], []).append(row)
    errors = {}
    for row in store.rows("errors"):
        errors.setdefault(row["function_name"], []).append(row)

    found = []
    for function in functions:
        name = function["function_name"]
        its_leaks = [each for each in leaking if each["function_name"] == name]
        its_advice = advice.advise(function, sizing.get(name), sizes.get(name, ()), its_leaks, prices)
        found.append({**described(function, prices), "advice": its_advice,
                      "findings": findings.of(function, its_advice, its_leaks), "errors_by_type": errors.get(name, [])})
    moments = [each for function in functions for each in (function["first_ms"], function["last_ms"]) if each is not None]
    return {
        "schema": SCHEMA, "report_version": VERSION,
        "period": {"from": iso(min(moments, default=None)), "to": iso(max(moments, default=None))},
        "invocations": sum(each["invocations"] for each in found),
        "cost_usd": rounded(sum(each["cost_usd"] or 0 for each in found), 8),
        "prices": prices.as_json(),
        "functions": found,
        "leaks": [{key: rounded(value) for key, value in each.items()} for each in leaking[:MOST_LEAKS]],
        "counted": {"lines": counts["invocation"], "summaries": counts["summary"], "environment": counts["environment"]},
        "skipped": {key: counts[key] for key in ("duplicate", "filtered", "broken", "other", "too_long")},
    }


def described(function, prices):
    """A row of sql/functions.sql with its cost; numbers rounded, whole ones whole."""
    result = {key: rounded(value) for key, value in function.items()}
    result["cost_usd"] = None
    if function["with_telemetry"] or function["billed_mb_ms"]:
        result["cost_usd"] = rounded(prices.of(function["architecture"], function["invocations"], function["billed_mb_ms"]), 8)
    return result


def rounded(value, digits=3):
    if not isinstance(value, float):
        return value
    return int(value) if value.is_integer() else round(value, digits)


def iso(milliseconds):
    if milliseconds is None:
        return None
    moment = datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def series(store, result, most_functions, steps=96):
    """What the page draws beyond the numbers, for the first so many functions: rows by the name of their SQL file."""
    names = [each["function_name"] for each in result["functions"][:most_functions]]
    store.database.execute("CREATE OR REPLACE TEMP TABLE shown AS SELECT unnest([" + ", ".join(map(literal, names)) + "]::VARCHAR[])"
                           " AS function_name")
    moments = [each for function in result["functions"][:most_functions]
               for each in (function["first_ms"], function["last_ms"]) if each is not None]
    start, end = (min(moments), max(moments)) if moments else (0, 0)
    step = step_for(end - start, steps)
    start -= start % step
    time = {"start": str(start), "step": str(step), "steps": str(steps * 4)}
    drawn = {"start": start, "step": step}
    chosen = {"chosen": "function_name IN (SELECT function_name FROM shown)"}
    for name, parts in (("over_time", time | chosen), ("alive", time), ("distribution", chosen), ("cpu", chosen),
                        ("growth", {"lines": "8", "points": "60"}), ("slowest", {"most": "10"})):
        drawn[name] = store.rows(name, **parts)
    return drawn


def step_for(span, steps):
    """The shortest round step, in milliseconds, of which at most `steps` cover the span."""
    second, minute, hour, day = 1000, 60_000, 3_600_000, 86_400_000
    for step in (second, 2 * second, 5 * second, 10 * second, 30 * second, minute, 2 * minute, 5 * minute, 10 * minute,
                 30 * minute, hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 7 * day, 30 * day):
        if span / step <= steps:
            return step
    return 30 * day * (int(span / (30 * day) / steps) + 1)
