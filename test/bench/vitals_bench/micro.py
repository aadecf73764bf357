"""The micro-benchmarks of test/bench/micro, as our own figures only."""
import json
import subprocess

from .driver import DriverError, enter
from .figures import Figure
from .places import RELEASE


def micro(effort, tell):
    tell("micro-benchmarks")
    command = ["setpriv", "--pdeathsig", "KILL", *enter(), str(RELEASE / "microbench"), "--benchmark_format=json",
               f"--benchmark_min_time={effort.micro_seconds}",
               f"--benchmark_repetitions={effort.micro_repetitions}", "--benchmark_enable_random_interleaving=true"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=900)
    if run.returncode:
        raise DriverError(f"microbench: {run.stderr.strip()}")
    times, allocations = {}, {}
    for each in json.loads(run.stdout)["benchmarks"]:
        if each["run_type"] == "iteration":
            times.setdefault(each["run_name"], []).append(each["cpu_time"] / 1000)
            allocations[each["run_name"]] = round(each["allocations"], 2)
    return [Figure(f"micro-{name}", f"{name}", "µs", "lambda-vitals", sorted(values)[len(values) // 2],
                   notes={"allocations": allocations[name], "repetitions": len(values)})
            for name, values in sorted(times.items())]
