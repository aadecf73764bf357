"""The model of right-sizing against measurements: the workload function in lambda-sandbox, which has the CPU share of each
memory size. Takes root, and what `cmake --build --preset release --target lambda-vitals workload` builds.

    python3 model.py [MB…]    measured at each size, and predicted from the lines at 512 MB
"""
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))

from report import advice, containers  # noqa: E402
from report.store import Store  # noqa: E402

RELEASE = ROOT / "build" / "release"
FROM_MB = 512
SIZES = (128, 256, 1024, 1769)
# CPU time is allotted in periods of 20 ms. How an invocation's work falls into them is not in the model: up to 14 ms at 512 MB, less at
# other sizes. So that this is not what is measured, each function has several periods of work.
FUNCTIONS = {
    "CPU-bound": [{"do": "burn", "ms": 120}],
    "waiting": [{"do": "sleep", "ms": 500}, {"do": "burn", "ms": 40}],
    "mixed": [{"do": "sleep", "ms": 100}, {"do": "burn", "ms": 100}, {"do": "sleep", "ms": 100}],
}


class NoQuota(Exception):
    """This machine or this user cannot give a process a share of the CPU."""


def measured(name, memory, invocations=7):
    """The lines of so many invocations at a memory size."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(RELEASE / "lambda-vitals", folder)
        done = subprocess.run(
            [ROOT / "test" / "sandbox" / "lambda-sandbox", "--extensions", folder, "--memory", str(memory), "--cpu-quota", "-n",
             str(invocations), "--timeout", "30", "--freeze-ms", "30", "--function-name", name, "--payload",
             json.dumps({"steps": FUNCTIONS[name]}), "--", RELEASE / "workload"],
            capture_output=True, text=True, timeout=120, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"_aws"')]
    if len(lines) != invocations:
        raise NoQuota(done.stderr[-500:])
    return lines


def duration_of(lines):
    return statistics.median(record["duration"] for record in map(json.loads, lines) if not record["cold_start"])


def predicted(lines):
    """The duration at each size, by sql/sizes.sql."""
    with Store() as store:
        for block in containers.records([("\n".join(lines) + "\n").encode()], containers.Counts()):
            store.add(block)
        store.finish()
        store.run("advice")
        return {int(row["size"]): row["duration"] for row in store.rows("sizes", sizes=str(advice.SIZES), sample="400")}


def compare(name, sizes):
    """(size, predicted ms, measured ms) for each size."""
    model = predicted(measured(name, FROM_MB))
    return [(size, model[size], duration_of(measured(name, size))) for size in sizes]


def main():
    sizes = tuple(map(int, sys.argv[1:])) or SIZES
    print(f"{'function':<12}{'MB':>6}{'predicted':>12}{'measured':>12}{'off by':>9}   from lines at {FROM_MB} MB")
    for name in FUNCTIONS:
        for size, model, real in compare(name, sizes):
            print(f"{name:<12}{size:>6}{model:>9.1f} ms{real:>9.1f} ms{100 * (model / real - 1):>+7.1f} %", flush=True)


if __name__ == "__main__":
    main()
