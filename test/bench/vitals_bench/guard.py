"""What may not grow unnoticed: instructions of start-up and of 1,000 invocations, size of the layer zip, peak memory.

The figures that were recorded stand in test/bench/recorded.json, with the compiler and C library that they hold for. The
tests (test/bench/tests/test_guard.py) compare; scripts/bench --record renews.
"""
import json
import pathlib
import re
import shutil
import tempfile

from .driver import DriverError, drive
from .layer import our_layer
from .machine import compiler
from .places import RECORDED, RELEASE

MOST_GROWTH = 0.03
INVOCATIONS = 1000
BINARY = RELEASE / "lambda-vitals"
# A timer tick depends on the time, which valgrind makes slow: none comes, so that every run is the same.
NO_TICKS = "LAMBDA_VITALS_SAMPLE_INTERVAL_MS=10000"


def instructions(invocations, telemetry=True):
    valgrind = shutil.which("valgrind")
    if not valgrind:
        raise DriverError("valgrind is not on PATH")
    with tempfile.TemporaryDirectory(prefix="callgrind-") as directory:
        out = pathlib.Path(directory, "out")
        drive([valgrind, "--quiet", "--tool=callgrind", f"--callgrind-out-file={out}", BINARY], invocations=invocations,
              warm_up=0, processes=2, step_by_step=True, no_telemetry=not telemetry, env=NO_TICKS)
        found = re.search(r"^(?:summary|totals): (\d+)", out.read_text(), re.MULTILINE)
    if not found:
        raise DriverError("callgrind counted nothing")
    return int(found[1])


def measure(tell=lambda text: None):
    if not our_layer().exists():
        raise DriverError(f"there is no {our_layer().name}: run scripts/build-layer")
    tell("instructions of the start")
    start = instructions(0)
    tell(f"instructions of {INVOCATIONS} invocations")
    invocations = instructions(INVOCATIONS) - start
    tell("peak memory")
    run = drive([BINARY], invocations=INVOCATIONS, processes=2)
    return {"start_instructions": start, f"instructions_of_{INVOCATIONS}_invocations": invocations,
            "layer_zip_bytes": our_layer().stat().st_size, "peak_memory_kb": run["pss_peak_kb"]}


def recorded():
    return json.loads(RECORDED.read_text())


def record(tell):
    text = json.dumps({"compiler": compiler(), "figures": measure(tell)}, indent=2)
    RECORDED.write_text(text + "\n")


def comparable(record_):
    return record_["compiler"] == compiler()


def grown(now, then):
    """What is wrong with each figure that has grown too much."""
    return [f"{name}: {now[name]:,}, recorded {then[name]:,}: {now[name] / then[name] - 1:+.1%}"
            for name in then if now[name] > then[name] * (1 + MOST_GROWTH)]
