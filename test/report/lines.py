"""Realistic EMF lines for tests and benchmarks, without Lambda.

    python3 lines.py COUNT [--functions N] [--seed N] > lines.log

A function is a Profile: how much CPU it uses, how long it waits, how its memory behaves. `lines_of` plays sandboxes of it
and yields one dictionary for each invocation, with the fields of docs/metrics.md in their order; `encode` makes the line.
"""
import argparse
import dataclasses
import json
import math
import random
import sys

DIRECTIVE = {
    "Namespace": "LambdaInsights", "Dimensions": [["function_name"], ["function_name", "version"]],
    "Metrics": [{"Name": name, "Unit": unit} for name, unit in (
        ("cpu_total_time", "Milliseconds"), ("total_memory", "Megabytes"), ("used_memory_max", "Megabytes"),
        ("memory_utilization", "Percent"), ("rx_bytes", "Bytes"), ("tx_bytes", "Bytes"), ("total_network", "Bytes"))]}
START_MS = 1_760_000_000_000
MB = 1 << 20
VCPU_MB = 1769


@dataclasses.dataclass
class Profile:
    name: str = "checkout"
    memory: int = 512
    cpu_ms: float = 40
    wait_ms: float = 60
    parallelism: int = 1
    base_mb: float = 90
    noise_mb: float = 4
    leak_mb: float = 0
    leak_fds: float = 0
    leak_tmp_mb: float = 0
    error_share: float = 0
    timeout_share: float = 0
    timeout_ms: int = 3000
    invocations: int = 100  # a sandbox
    every_ms: float = 900
    architecture: str = "x86_64"
    initialization: str = "on-demand"
    version: str = "live"
    telemetry: bool = True
    memory_end: bool = False
    start_ms: int = START_MS


def identifier(rng, length):
    return f"{rng.getrandbits(4 * length):0{length}x}"


def request_id(rng):
    digits = identifier(rng, 32)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def one(profile, rng, sandbox, number, now):
    cpu = profile.cpu_ms * rng.lognormvariate(0, 0.25)
    share = profile.memory / VCPU_MB
    duration = cpu / min(share, profile.parallelism) + profile.wait_ms * rng.lognormvariate(0, 0.35)
    cold = number == 1
    chance = rng.random()
    status, error_type = "success", None
    if chance < profile.timeout_share:
        status, error_type, duration = "timeout", "Sandbox.Timedout", float(profile.timeout_ms)
    elif chance < profile.timeout_share + profile.error_share:
        status, error_type = "error", rng.choice(("ValueError", "Runtime.HandlerError"))
    init = 180 * rng.lognormvariate(0, 0.2) if cold and profile.initialization == "on-demand" else None
    billed = math.ceil(duration + (init or 0))
    end = profile.base_mb + profile.leak_mb * number + rng.gauss(0, profile.noise_mb)
    peak = end + abs(rng.gauss(0, profile.noise_mb)) + 6
    sandbox["high"] = max(sandbox.get("high", 0), peak + 9)
    received, sent = int(rng.lognormvariate(9, 1)), int(rng.lognormvariate(8, 1))
    tmp_used = int((11 + profile.leak_tmp_mb * number) * MB)
    user = cpu * 0.8
    record = {
        "_aws": {"Timestamp": int(now), "CloudWatchMetrics": [DIRECTIVE]},
        "event_type": "performance", "function_name": profile.name, "version": profile.version,
        "request_id": request_id(rng), "trace_id": f"1-{identifier(rng, 8)}-{identifier(rng, 24)}",
        "sandbox_id": sandbox["id"], "invocation": number, "initialization_type": profile.initialization,
        "architecture": profile.architecture, "cold_start": cold, "status": status, "error_type": error_type,
        "timeout": True if status == "timeout" else None,
        "duration": round(duration, 3), "billed_duration": billed, "billed_mb_ms": billed * profile.memory,
        "init_duration": init and round(init, 3), "response_latency": round(duration * 0.97, 3),
        "response_duration": 0.084, "runtime_overhead": round(0.4 + rng.random(), 3),
        "extension_overhead": round(0.2 + rng.random(), 3), "produced_bytes": 5120,
        "cpu_total_time": round(cpu, 3), "cpu_user_time": round(user, 3), "cpu_system_time": round(cpu - user, 3),
        "cpu_utilization": round(100 * cpu / (duration * share), 3), "init_cpu_time": 61.55 if cold else None,
        "total_memory": profile.memory, "used_memory_max": math.ceil(sandbox["high"]),
        "memory_utilization": round(100 * sandbox["high"] / profile.memory, 3), "memory_peak": round(peak, 3),
        "memory_end": round(end, 3) if profile.memory_end else None,
        "page_faults_major": 3 if cold else 0, "tmp_max": 551346176, "tmp_used": tmp_used, "tmp_free": 551346176 - tmp_used,
        "disk_read_bytes": 4321280 if cold else 0, "disk_write_bytes": rng.randrange(1 << 20), "rx_bytes": received,
        "tx_bytes": sent, "total_network": received + sent, "threads_max": 12, "processes_max": 1,
        "fd_use": 21 + int(profile.leak_fds * number), "fd_max": 1024, "agent_version": "0.1.0", "agent_memory_avg": 2.41,
        "agent_memory_max": 2.434, "agent_cpu_time": 0.183}
    if not profile.telemetry:
        for name in ("status", "billed_duration", "billed_mb_ms", "init_duration", "response_latency", "response_duration",
                     "runtime_overhead", "extension_overhead", "produced_bytes"):
            record[name] = None
    return {name: value for name, value in record.items() if value is not None}, duration


def lines_of(profile, count, seed=1):
    """`count` records of the function, in sandboxes of `profile.invocations` each, one after another."""
    rng = random.Random(f"{seed}/{profile.name}")
    now, number, sandbox = profile.start_ms, 0, {}
    for _ in range(count):
        if number % profile.invocations == 0:
            number, sandbox = 0, {"id": identifier(rng, 16)}
        number += 1
        record, duration = one(profile, rng, sandbox, number, now)
        now += duration + rng.expovariate(1 / profile.every_ms)
        yield record


def encode(record):
    return json.dumps(record, separators=(",", ":"))


PROFILES = (
    Profile("checkout", 1769, cpu_ms=35, wait_ms=180, base_mb=120),
    Profile("thumbnails", 512, cpu_ms=140, wait_ms=15, base_mb=260, architecture="arm64"),
    Profile("search", 1024, cpu_ms=55, wait_ms=40, error_share=0.02),
    Profile("orders", 3008, cpu_ms=70, wait_ms=90, base_mb=180, leak_mb=1.5, memory_end=True),
    Profile("archive", 256, cpu_ms=25, wait_ms=400, timeout_share=0.01, base_mb=130),
)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("--functions", type=int, default=len(PROFILES))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    profiles = [PROFILES[i] if i < len(PROFILES) else dataclasses.replace(PROFILES[i % 5], name=f"function-{i}")
                for i in range(options.functions)]
    sources = [lines_of(profile, options.count, options.seed) for profile in profiles]
    for index in range(options.count):
        sys.stdout.write(encode(next(sources[index % len(sources)])) + "\n")


if __name__ == "__main__":
    main()
