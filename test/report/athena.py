"""The SQL of docs/at-scale.md: the report's own queries (scripts/lib/report/sql) in Athena's dialect, by sqlglot.

    build/venv-report/bin/python3 test/report/athena.py    writes them into docs/at-scale.md
"""
import pathlib
import re
import sys

import sqlglot
from sqlglot import exp

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))

from report import fields  # noqa: E402
from report.leaks import WARM_UP  # noqa: E402
from report.store import statement  # noqa: E402

PAGE = ROOT / "docs" / "at-scale.md"
BLOCK = re.compile(r"^```sql (\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HOUR_MS = "3600000"


def ported(tree):
    """Percentiles are approximate there: Athena has no exact ones."""
    def change(node):
        if isinstance(node, exp.PercentileDisc):
            return exp.ApproxQuantile(this=node.this, quantile=node.expression)
        return node
    return tree.transform(change).sql("athena", pretty=True, comments=False)


def parsed(name, **parts):
    return [each for each in sqlglot.parse(statement(name, **parts), read="duckdb") if each]


def view(tree):
    """CREATE TABLE … AS or CREATE VIEW … AS of the report, as a view."""
    return f"CREATE OR REPLACE VIEW {tree.this.name} AS\n{ported(tree.expression)};\n"


def records_view():
    """Each field of fields.py from the JSON of a line, or NULL where its value is not what it should be (as sql/load_lines.sql has it):
    one malformed line, or a line with a text for a number, must not end a query over all. DISTINCT, as a line may come twice.
    """
    def value(name):
        return f"json_extract_scalar(record, '$.{name}')"

    def text(name):
        return f"  SUBSTR({value(name)}, 1, {fields.TEXT_LIMIT}) AS {name}"

    def within(name, least, end):
        return f"  CASE WHEN {name} >= {least} AND {name} < {end} THEN {name} END AS {name}"

    texts = [name for name in fields.TEXT if name != "event_type"]
    read = ["  TRY_CAST(json_extract_scalar(record, '$._aws.Timestamp') AS DOUBLE) AS at_ms"]
    read += [text(name) for name in texts]
    read += [f"  {value(name)} = 'true' AS {name}" for name in fields.FLAGS]
    read += [f"  TRY_CAST({value(name)} AS DOUBLE) AS {name}" for name in fields.NUMBERS]
    checked = ["  request_id AS identity", within("at_ms", "1.4E12", "4.1024448E12")]  # of sql/schema.sql, moment and number
    checked += [f"  {name}" for name in (*texts, *fields.FLAGS)]
    checked += [within(name, "0", "1E18") for name in fields.NUMBERS]
    return ("CREATE OR REPLACE VIEW read_lines AS\nSELECT\n" + ",\n".join(read)
            + "\nFROM (\n  SELECT TRY(JSON_PARSE(line)) AS record\n  FROM (SELECT DISTINCT REGEXP_EXTRACT(line, '\\{\"_aws\".*\\}') AS line"
              " FROM vitals_lines) AS whole\n) AS parsed\n"
            + f"WHERE {value('event_type')} = 'performance';\n\n"
            + "CREATE OR REPLACE VIEW records AS\nSELECT\n" + ",\n".join(checked)
            + "\nFROM read_lines\nWHERE function_name IS NOT NULL AND request_id IS NOT NULL;\n")


def invocations_view():
    """What views.sql derives, on top of the fields."""
    derived = [each for each in parsed("views")[0].expression.expressions if not each.is_star]
    text = ",\n".join("  " + ported(each).replace("\n", "\n  ") for each in derived)
    return f"CREATE OR REPLACE VIEW invocations AS\nSELECT\n  *,\n{text}\nFROM records;\n"


def blocks():
    """The SQL by the name of its block on the page."""
    views = parsed("views")
    current_size = next(each for each in views if each.this.name == "current_size")
    *sizing, _ = parsed("advice")
    time = {"step": HOUR_MS, "start": "0", "chosen": "true"}
    (sandboxes,) = parsed("sandboxes", warm_up=str(WARM_UP))
    return {
        "invocations": records_view() + "\n" + invocations_view(),
        "functions": ported(parsed("per_function")[0]) + ";\n",
        "failures": ported(parsed("errors")[0]) + ";\n",
        "hours": ported(parsed("over_time", **time)[0]) + ";\n",
        "durations": ported(parsed("distribution", **time)[0]) + ";\n",
        "sizing": "\n".join(map(view, [current_size, *sizing])) + "\nSELECT * FROM sizing ORDER BY function_name;\n",
        "growth": view(sandboxes) + "\nSELECT * FROM sandboxes\nWHERE invocations >= 25\n"
                  "ORDER BY memory_left_slope * (last_invocation - first_invocation) DESC\nLIMIT 100;\n",
    }


def main():
    made = blocks()
    page = PAGE.read_text(encoding="utf-8")
    page = BLOCK.sub(lambda found: f"```sql {found[1]}\n{made.get(found[1], found[2])}```", page)
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
