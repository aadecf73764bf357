"""Lines of five functions, for tests of what reads lines: queries, dashboards, alarms."""
import pathlib
import re
import sys

from namespaces import own_processes
from sandbox import play

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIELDS = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "metrics.md").read_text(), re.MULTILINE))
PYTHON_RUNTIME = [sys.executable, "-m", "awslambdaric", "app.handler"]


def record(extension) -> list[str]:
    """checkout waits, fails and times out; thumbnails computes and runs out of memory; archive crashes with its memory used up,
    which the platform reports without a reason; orders is restored from a snapshot; search has provisioned concurrency."""
    def lines(name, memory, timeout, steps, *options):
        run = play(extension, PYTHON_RUNTIME, steps, cwd=ROOT / "test" / "functions" / "demo",
                   options=["--function-name", name, "--memory", str(memory), "--timeout", str(timeout), *options])
        assert len(run.lines) == len(run.invocations), run.log
        return run.lines

    return lines("checkout", 1024, 1, [
        {"invoke": {"sleepMs": 300}}, {"invoke": {"sleepMs": 20}, "count": 5}, {"invoke": {"fail": "no stock"}},
        {"invoke": {"hang": True}}, {"invoke": {"sleepMs": 20}}, {"shutdown": "spindown"}, {"invoke": {"sleepMs": 50}},
    ]) + lines("thumbnails", 256, 10, [
        {"invoke": {"cpuMs": 150, "allocateMb": 60, "tmpMb": 3}, "count": 4}, {"invoke": {"allocateMb": 500, "sleepMs": 50}},
        {"invoke": {"cpuMs": 150}},
    ], "--enforce-memory", "--report-after-reset", "--qualifier", "live") + lines("archive", 128, 10, [
        {"invoke": {"allocateMb": 107, "sleepMs": 500, "exit": 1}}], "--report-after-reset") + lines("orders", 128, 10, [
        {"invoke": {"allocateMb": 60, "sleepMs": 20}, "count": 2}], "--initialization-type", "snap-start", "--restore",
    ) + lines("search", 128, 10, [
        {"invoke": {"allocateMb": 60, "sleepMs": 20}}], "--initialization-type", "provisioned-concurrency")


def record_managed(extension) -> list[str]:
    """A function on Managed Instances: three invocations, and the environment."""
    run = play(extension, PYTHON_RUNTIME, [{"invoke": {"cpuMs": 20}, "count": 3}, {"sleep_ms": 1200}],
               cwd=ROOT / "test" / "functions" / "demo", through=own_processes(),
               options=["--function-name", "managed", "--memory", "2048", "--log-format", "JSON",
                        "--initialization-type", "lambda-managed-instances"])
    assert len(run.lines) == len(run.invocations) + 1, run.log
    return run.lines


def of_someone_else(records) -> dict:
    """A line of the function's own that has our fields' names, and would be counted by whatever checks only one field."""
    fields = {name: value for each in records for name, value in each.items() if name != "event_type"}
    return fields | {"function_name": "someone-else", "cold_start": True, "timeout": True, "out_of_memory": True,
                     "status": "failure", "memory_utilization": 99}
