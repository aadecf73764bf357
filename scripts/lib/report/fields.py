"""The fields of a line that the report reads, with their type and unit: docs/metrics.md describes them.

A field that a line does not have, or whose value does not fit its type, is NULL: absent is not zero.
"""

TEXT = ("event_type", "function_name", "version", "request_id", "sandbox_id", "initialization_type", "architecture",
        "status", "error_type", "instance_id", "line_reason")
FLAGS = ("cold_start", "timeout", "out_of_memory")
NUMBERS = (  # milliseconds, Megabytes of 2^20 bytes, Bytes, Percent, counts: none of them is ever negative
    "invocation", "duration", "billed_duration", "billed_mb_ms", "time_limit", "init_duration", "restore_duration",
    "response_latency", "response_duration", "runtime_overhead", "extension_overhead", "cpu_total_time", "cpu_utilization",
    "cpu_wait_time", "init_cpu_time", "total_memory", "used_memory_max", "memory_peak", "memory_end", "tmp_max", "tmp_used",
    "tmp_free", "disk_read_bytes", "disk_write_bytes", "rx_bytes", "tx_bytes", "threads_max", "fd_use", "fd_max",
    "extensions_cpu_time", "extensions_memory_max", "agent_cpu_time", "agent_memory_max")

# Of an environment line (Managed Instances) only what distinguishes it from an invocation's; its own values follow.
PRESENCE = ("interval",)

# Any of them makes a row of a Logs Insights result a record, even if the query left out @message.
ROW_FIELDS = frozenset(NUMBERS) - {"invocation"}

TEXT_LIMIT = 256  # characters: as much of a text as is kept


def columns():
    """The columns of DuckDB's read_json, as SQL."""
    types = {"_aws": "STRUCT(\"Timestamp\" DOUBLE)", **dict.fromkeys(TEXT + PRESENCE, "VARCHAR"),
             **dict.fromkeys(FLAGS, "BOOLEAN"), **dict.fromkeys(NUMBERS, "DOUBLE")}
    return "{" + ", ".join(f"'{name}': '{type_}'" for name, type_ in types.items()) + "}"


def selection():
    """The same, checked, as expressions of a SELECT. `number` and `moment` are macros of sql/schema.sql."""
    text = (f"left({name}, {TEXT_LIMIT}) AS {name}" for name in TEXT)
    numbers = (f"number({name}) AS {name}" for name in NUMBERS)
    return ",\n    ".join(("moment(_aws.\"Timestamp\") AS at_ms", *text, *FLAGS, *numbers))
