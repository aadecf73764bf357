"""Lines with values so round that the answer to each query of docs/queries.md can be worked out by hand.

    api      arm64, 1 GB: ten invocations of 10, 20, … 100 ms in a sandbox that grows by 2 MB with each
    batch    x86_64, 2 GB: six invocations of 200 ms after a restore, memory up and down; the fifth times out, the sixth crashes
    search   arm64, 512 MB, provisioned concurrency: six invocations of 5 ms, memory high at first; then one of a second sandbox
"""
MB = 1 << 20
START = 1_730_000_000_000


def line(function_name, invocation, **fields):
    known = {"event_type": "performance", "function_name": function_name, "invocation": invocation, "cold_start": False,
             "request_id": f"{function_name}-{invocation}", "status": "success", "agent_cpu_time": 0.25, "agent_memory_max": 1.5,
             "extension_overhead": 1, "time_limit": 1000, "time_utilization": 20, "fd_use": 10, "fd_max": 1000, "threads_max": 5, "tmp_max": 512 * MB, "tmp_used": MB,
             "tmp_free": 511 * MB, "disk_read_bytes": 0, "disk_write_bytes": MB, "rx_bytes": 2 * MB, "tx_bytes": MB}
    record = {"_aws": {"Timestamp": fields.pop("at")}} | known | fields
    return {name: value for name, value in record.items() if value is not None}


def of_an_environment(function_name="api"):
    """A line of an environment on Managed Instances, which is of no invocation."""
    return {"_aws": {"Timestamp": START + 1000}, "event_type": "performance", "function_name": function_name, "sandbox_id": "a",
            "instance_id": "i", "interval": 60_000, "invocations": 5, "errors": 2, "timeouts": 1, "concurrency_avg": 1.5,
            "concurrency_max": 3}


def a_summary():
    """Of five invocations without a line of their own."""
    return {"_aws": {"Timestamp": START + 1000}, "event_type": "summary", "function_name": "api", "architecture": "arm64",
            "sandbox_id": "a", "billed_duration": 5000, "billed_mb_ms": 5_120_000, "interval": 900, "invocations": 5, "cold_starts": 0,
            "cpu_total_time": [1, 2, 3, 4, 5]}


def lines():
    api = [line("api", n, at=START + n * 1000, version="live", architecture="arm64", sandbox_id="a", cold_start=n == 1,
                init_duration=200 if n == 1 else None, init_cpu_time=150 if n == 1 else None, duration=10 * n, billed_duration=1000,
                billed_mb_ms=1_024_000, cpu_total_time=5 * n, cpu_utilization=50, total_memory=1024, used_memory_max=100 + 2 * n,
                memory_utilization=10, memory_peak=100 + 2 * n) for n in range(1, 11)]
    batch = [line("batch", n, at=START + n * 2000, architecture="x86_64", sandbox_id="b", cold_start=n == 1,
                  restore_duration=300 if n == 1 else None, duration=200, billed_duration=500, billed_mb_ms=1_024_000,
                  cpu_total_time=190, cpu_utilization=95, total_memory=2048, used_memory_max=1500, memory_utilization=80,
                  memory_peak=1000 if n % 2 else 1500, extensions_cpu_time=4, extensions_memory_max=40) for n in range(1, 7)]
    batch[4] |= {"status": "timeout", "timeout": True, "error_type": "Sandbox.Timedout", "time_utilization": 100}
    batch[5] |= {"status": "failure", "error_type": "Runtime.ExitError", "memory_utilization": 96}
    for name in ("billed_duration", "billed_mb_ms"):
        batch[5].pop(name)
    search = [line("search", n, at=START + n * 500, architecture="arm64", sandbox_id=sandbox, init_duration=90 if n == 1 else None,
                   duration=5, billed_duration=1000, billed_mb_ms=512_000, cpu_total_time=1, cpu_utilization=10, total_memory=512,
                   used_memory_max=300, memory_utilization=58, memory_peak=300 if n == 1 else 60, version="live")
              for sandbox, count in (("c", 6), ("d", 1)) for n in range(1, count + 1)]
    return search + batch + api  # as they come from several log groups: not in the order of time


T = START
ANSWERS = {
    "Invocations and what they cost": [
        {"function_name": "api", "architecture": "arm64", "all_invocations": 10, "gb_seconds": 10, "lines": 10},
        {"function_name": "batch", "architecture": "x86_64", "all_invocations": 6, "gb_seconds": 5, "lines": 6},
        {"function_name": "search", "architecture": "arm64", "all_invocations": 7, "gb_seconds": 3.5, "lines": 7}],
    "Slowest invocations": [
        *({"@timestamp": T + n * 2000, "function_name": "batch", "request_id": f"batch-{n}", "duration": 200,
           "cold_start": int(n == 1), "init_duration": None, "restore_duration": 300 if n == 1 else None, "cpu_utilization": 95,
           "memory_peak": 1000 if n % 2 else 1500, "sandbox_id": "b"} for n in range(1, 7)),
        *({"@timestamp": T + n * 1000, "function_name": "api", "request_id": f"api-{n}", "duration": 10 * n,
           "cold_start": int(n == 1), "init_duration": 200 if n == 1 else None, "restore_duration": None, "cpu_utilization": 50,
           "memory_peak": 100 + 2 * n, "sandbox_id": "a"} for n in range(10, 0, -1)),
        *({"@timestamp": T + n * 500, "function_name": "search", "request_id": f"search-{n}", "duration": 5, "cold_start": 0,
           "init_duration": 90 if n == 1 else None, "restore_duration": None, "cpu_utilization": 10,
           "memory_peak": 300 if n == 1 else 60, "sandbox_id": "c"} for n in range(1, 5))],
    "Duration by percentile": [
        {"function_name": "batch", "version": None, "invocations": 6, "p50_ms": 200, "p95_ms": 200, "p99_ms": 200, "slowest_ms": 200},
        {"function_name": "api", "version": "live", "invocations": 10, "p50_ms": 50, "p95_ms": 100, "p99_ms": 100, "slowest_ms": 100},
        {"function_name": "search", "version": "live", "invocations": 7, "p50_ms": 5, "p95_ms": 5, "p99_ms": 5, "slowest_ms": 5}],
    "Cold starts by percentile": [  # search has provisioned concurrency: nobody waited
        {"function_name": "batch", "cold_starts": 1, "p50_ms": 300, "p95_ms": 300, "slowest_ms": 300, "restores": 1,
         "average_cpu_ms": None},
        {"function_name": "api", "cold_starts": 1, "p50_ms": 200, "p95_ms": 200, "slowest_ms": 200, "restores": 0,
         "average_cpu_ms": 150}],
    "Share of cold starts": [
        {"function_name": "batch", "invocations": 6, "cold_starts": 1, "percent": 100 / 6, "sandboxes": 1},
        {"function_name": "api", "invocations": 10, "cold_starts": 1, "percent": 10, "sandboxes": 1},
        {"function_name": "search", "invocations": 7, "cold_starts": 0, "percent": 0, "sandboxes": 2}],
    "Memory over-provisioned": [
        {"function_name": "api", "size_mb": 1024, "used_mb": 120, "peak_mb": 120, "average_cpu_percent": 50, "gb_seconds": 10}],
    "Close to the memory limit": [
        {"function_name": "batch", "invocations": 1, "percent": 96, "peak_mb": 1500, "size_mb": 2048}],
    "CPU-bound": [
        {"function_name": "batch", "invocations": 6, "average_percent": 95, "p95_percent": 95, "average_ms": 200, "size_mb": 2048}],
    "Timeouts and out of memory": [
        {"@timestamp": T + 12_000, "function_name": "batch", "request_id": "batch-6", "timeout": None, "out_of_memory": None,
         "duration": 200, "cpu_utilization": 95, "memory_peak": 1500, "memory_utilization": 96, "total_memory": 2048,
         "sandbox_id": "b"},
        {"@timestamp": T + 10_000, "function_name": "batch", "request_id": "batch-5", "timeout": 1, "out_of_memory": None,
         "duration": 200, "cpu_utilization": 95, "memory_peak": 1000, "memory_utilization": 80, "total_memory": 2048,
         "sandbox_id": "b"}],
    "Close to the timeout": [
        {"function_name": "batch", "invocations": 1, "highest_percent": 100, "slowest_ms": 200, "timeout_ms": 1000, "timeouts": 1}],
    "Errors by type": [
        {"function_name": "batch", "status": "timeout", "error_type": "Sandbox.Timedout", "invocations": 1, "latest": T + 10_000},
        {"function_name": "batch", "status": "failure", "error_type": "Runtime.ExitError", "invocations": 1, "latest": T + 12_000}],
    "Cost by function": [  # 10 GB-seconds on arm64; 5 on x86_64, as the crash has no bill; 3.5 on arm64
        {"function_name": "api", "architecture": "arm64", "invocations": 10, "gb_seconds": 10, "usd": 0.000133334 + 0.000002},
        {"function_name": "batch", "architecture": "x86_64", "invocations": 6, "gb_seconds": 5, "usd": 0.0000833335 + 0.0000012},
        {"function_name": "search", "architecture": "arm64", "invocations": 7, "gb_seconds": 3.5, "usd": 0.0000466669 + 0.0000014}],
    "Noisy sandboxes": [
        {"function_name": "batch", "sandbox_id": "b", "invocations": 6, "average_ms": 200, "average_cpu_ms": 190, "peak_mb": 1500,
         "tmp_mb": 1, "threads": 5, "files": 10},
        {"function_name": "api", "sandbox_id": "a", "invocations": 10, "average_ms": 55, "average_cpu_ms": 27.5, "peak_mb": 120,
         "tmp_mb": 1, "threads": 5, "files": 10}],
    "Leaks": [  # neither batch, which goes up and down by 500 MB, nor search, which was high at first
        {"function_name": "api", "sandbox_id": "a", "invocations": 10, "least_mb": 102, "most_mb": 120, "mb_per_invocation": 2,
         "straight": 1}],
    "Disk and network": [
        {"function_name": "search", "read_mb": 0, "written_mb": 7, "received_mb": 14, "sent_mb": 7, "tmp_free_mb": 511},
        {"function_name": "batch", "read_mb": 0, "written_mb": 6, "received_mb": 12, "sent_mb": 6, "tmp_free_mb": 511},
        {"function_name": "api", "read_mb": 0, "written_mb": 10, "received_mb": 20, "sent_mb": 10, "tmp_free_mb": 511}],
    "What extensions cost": [
        {"function_name": "search", "average_overhead_ms": 1, "p99_overhead_ms": 1, "other_extensions_cpu_ms": None,
         "other_extensions_mb": None, "vitals_cpu_ms": 0.25, "vitals_mb": 1.5},
        {"function_name": "batch", "average_overhead_ms": 1, "p99_overhead_ms": 1, "other_extensions_cpu_ms": 4,
         "other_extensions_mb": 40, "vitals_cpu_ms": 0.25, "vitals_mb": 1.5},
        {"function_name": "api", "average_overhead_ms": 1, "p99_overhead_ms": 1, "other_extensions_cpu_ms": None,
         "other_extensions_mb": None, "vitals_cpu_ms": 0.25, "vitals_mb": 1.5}],
}
