"""The page: one HTML file that loads nothing. Its script is web/*.js with Apache ECharts, bundled by esbuild.

What comes from lines gets in as JSON, in which `<` is escaped, and the script puts it on the page as text only. The
Content-Security-Policy allows this one script and this one style sheet, by their hashes, and nothing else.
"""
import base64
import hashlib
import json
import os
import pathlib

from . import analysis
from .errors import ReportError

WEB = pathlib.Path(__file__).parent / "web"
BUNDLE = "bundle.js"
SIZE_LIMIT = 4_900_000  # characters, so that a page stays below 5 MB
DRAWN = (60, 30, 15, 8, 4, 1)  # functions with charts, until the page is small enough
MOST_FUNCTIONS, MOST_LEAKS = 1000, 300
CURVE_POINTS = 48


def bundle():
    path = pathlib.Path(os.environ.get("LAMBDA_VITALS_REPORT_BUNDLE", WEB / BUNDLE))
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ReportError(f"the page's script {path} is missing ({error.strerror}); run scripts/report or scripts/build-report, "
                          "which make it") from None


def build(store, result):
    script = bundle()
    for most in DRAWN:
        page = document(script, content(result, analysis.series(store, result, most), most))
        if len(page) <= SIZE_LIMIT:
            break
    return page


def content(result, drawn, most):
    """What the script reads: the numbers of --json, less what it does not show, with the series of `most` functions."""
    functions = result["functions"][:MOST_FUNCTIONS]
    index = {function["function_name"]: number for number, function in enumerate(functions[:most])}
    series = [{name: None for name in drawn if name not in ("start", "step")} for _ in index]
    for name, rows in drawn.items():
        if name in ("start", "step"):
            continue
        for number, columns in columns_of(rows, index).items():
            series[number][name] = columns
    return {**result, "functions": [shown(function, number < most) for number, function in enumerate(functions)],
            "function_count": len(result["functions"]), "leaks": result["leaks"][:MOST_LEAKS],
            "drawn": {"start": drawn["start"], "step": drawn["step"], "functions": series}}


def columns_of(rows, index):
    """Rows as columns for each function, which takes a third of the room."""
    found = {}
    for row in rows:
        columns = found.setdefault(index[row["function_name"]], {key: [] for key in row if key != "function_name"})
        for key, values in columns.items():
            values.append(analysis.rounded(row[key]))
    return found


def shown(function, with_curve):
    advice = function["advice"]
    if "curve" not in advice:
        return function
    curve = advice["curve"] if with_curve else None
    if curve:
        named = {advice[each]["size"] for each in ("now", "cheapest", "fastest", "best_value")}
        every = max(1, len(curve) // CURVE_POINTS)
        # Most happens at the small sizes.
        curve = [point for number, point in enumerate(curve)
                 if number < 24 or number % every == 0 or point["size"] in named]
    return {**function, "advice": {**advice, "curve": curve}}


def document(script, data):
    style = (WEB / "style.css").read_text(encoding="utf-8")
    parts = {"style": style, "script": script, "style_hash": source_hash(style), "script_hash": source_hash(script), "data": safe(data)}
    text, *rest = (WEB / "page.html").read_text(encoding="utf-8").split("{")
    for piece in rest:  # in one pass: what is put in is never looked at again
        name, _, after = piece.partition("}")
        text += parts[name] + after
    return text


def source_hash(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def safe(data):
    """JSON that no HTML parser sees the end of, whatever is in it."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
