"""How long scripts/report takes for many lines, in how much memory, and how big its page is."""
import os
import subprocess
import sys
import time

from .figures import Figure
from .places import BUILD, ROOT

sys.path.insert(0, str(ROOT / "test" / "report"))
from lines import PROFILES, encode, lines_of  # noqa: E402

DISTINCT = 20_000  # records that are made; the others are copies with ids of their own
PROGRAM = "report"
MB = 1 << 20


def write_lines(path, count):
    """So many lines of some 1,200 bytes, of 20 functions."""
    whole = []
    for number in range(20):
        for record in lines_of(PROFILES[number % len(PROFILES)], DISTINCT // 20, seed=number):
            record["function_name"] = f"function-{number}"
            record["_aws"]["CloudWatchMetrics"] = [{"Namespace": "LambdaInsights", "Dimensions": [["function_name"]],
                                                    "Metrics": record["_aws"]["CloudWatchMetrics"][0]["Metrics"][:4]}]
            whole.append((encode(record), record["request_id"][-6:] + '"', record["sandbox_id"][-6:] + '"'))
    written = 0
    with open(path, "w", encoding="ascii") as file:
        for copy in range(-(-count // DISTINCT)):
            tail = f'{copy:06x}"'
            part = [line.replace(request, tail).replace(sandbox, tail) for line, request, sandbox in whole[:count - written]]
            file.write("\n".join(part) + "\n")
            written += len(part)


def run(path, page):
    """(seconds, peak resident MB) of one report."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "scripts" / "lib"), "PYTHONDONTWRITEBYTECODE": "1",
                   "LAMBDA_VITALS_REPORT_BUNDLE": str(ROOT / "build" / "report" / "bundle.js")}
    start = time.monotonic()
    process = subprocess.Popen([ROOT / "build" / "venv-report" / "bin" / "python3", "-m", "report", "-o", page, path],
                               env=environment, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise OSError(f"scripts/report ended with status {process.returncode}")
    return time.monotonic() - start, usage.ru_maxrss / 1024


def report(_, effort, tell):
    return measured(effort.report_lines, tell, runs=2)


def large(_, effort, tell):
    """Ten times as many, once: that it works, in how much memory."""
    return measured(10 * effort.report_lines, tell, runs=1)


def measured(lines, tell, runs):
    BUILD.mkdir(parents=True, exist_ok=True)
    path, page = BUILD / "report.log", BUILD / "report.html"
    try:
        tell(f"report: making {lines:,} lines")
        write_lines(path, lines)
        size = path.stat().st_size
        tell("report: reading them")
        seconds, resident = min(run(path, page) for _ in range(runs))
        title = f"report of {lines:,} lines ({size / 1e9:.2f} GB)"
        return [Figure("report", f"{title}: time", "s", PROGRAM, seconds), Figure("report-memory", f"{title}: memory", "MB", PROGRAM, resident),
                Figure("report-page", f"{title}: page", "MB", PROGRAM, page.stat().st_size / MB)]
    finally:
        path.unlink(missing_ok=True)
        page.unlink(missing_ok=True)
