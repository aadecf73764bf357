"""Shows EMF lines as a person reads them: a table of the records, then one line in full.

    table.py [--no-line] < LINES

Anything on standard input that is not an EMF line is passed over. A value that a record does not have is shown as –.
"""
import argparse
import json
import sys

MISSING = "–"


def number(value, digits=1):
    return MISSING if value is None else f"{value:,.{digits}f}"


def field(name, digits=1, scale=1):
    return lambda record: MISSING if record.get(name) is None else number(record[name] / scale, digits)


def average(name):
    return lambda record: number(sum(record[name]) / len(record[name])) if record.get(name) else MISSING


def most(name):
    return lambda record: number(max(record[name])) if record.get(name) else MISSING


def pair(first, second):
    return lambda record: f"{first(record)} / {second(record)}"


def yes(name):
    return lambda record: {True: "yes", False: ""}.get(record.get(name), MISSING)


def short(name, length=8):
    return lambda record: record[name][:length] if record.get(name) else MISSING


def status(record):
    """As the platform reports it. Without telemetry it does not, but a timeout may still be known."""
    return record.get("status") or ("timeout" if record.get("timeout") else MISSING)


MB = 1 << 20
COLUMNS = (  # heading, unit, cell; before them the row's number
    ("request", "", short("request_id")),
    ("cold", "", yes("cold_start")),
    ("status", "", status),
    ("duration", "ms", field("duration")),
    ("init", "ms", field("init_duration")),
    ("CPU", "ms", field("cpu_total_time")),
    ("CPU", "%", field("cpu_utilization")),
    ("memory peak", "MB", field("memory_peak")),
    ("/tmp used", "MB", field("tmp_used", scale=MB)),
    ("rx / tx", "bytes", pair(field("rx_bytes", 0), field("tx_bytes", 0))),
    ("threads", "", field("threads_max", 0)),
    ("fds", "", field("fd_use", 0)),
    ("agent CPU", "ms", field("agent_cpu_time", 3)),
    ("agent memory", "MB", field("agent_memory_max", 2)),
)
# On Managed Instances, where what runs at once shares the rest.
MANAGED_COLUMNS = (
    ("request", "", short("request_id")),
    ("status", "", status),
    ("duration", "ms", field("duration")),
    ("latency", "ms", field("response_latency")),
    ("concurrency", "", field("concurrency", 0)),
)
ENVIRONMENT_COLUMNS = (
    ("interval", "s", field("interval", scale=1000)),
    ("invocations", "", field("invocations", 0)),
    ("errors", "", field("errors", 0)),
    ("timeouts", "", field("timeouts", 0)),
    ("concurrency", "avg / max", pair(field("concurrency_avg"), field("concurrency_max", 0))),
    ("CPU", "ms", field("cpu_total_time")),
    ("CPU", "% avg / max", pair(field("cpu_utilization"), field("cpu_utilization_max"))),
    ("vCPUs", "", field("cpu_count")),
    ("memory", "% avg / max", pair(field("memory_utilization"), field("memory_utilization_max"))),
    ("memory peak", "MB", field("memory_peak")),
    ("processes", "", field("processes_max", 0)),
    ("agent CPU", "ms", field("agent_cpu_time", 3)),
    ("agent memory", "MB", field("agent_memory_max", 2)),
)
# The values of invocations without a line of their own: LAMBDA_VITALS_LINES.
SUMMARY_COLUMNS = (
    ("summary of", "invocations", field("invocations", 0)),
    ("interval", "s", field("interval", scale=1000)),
    ("errors", "", field("errors", 0)),
    ("timeouts", "", field("timeouts", 0)),
    ("billed", "ms", field("billed_duration")),
    ("CPU", "ms, average", average("cpu_total_time")),
    ("CPU", "ms, most", most("cpu_total_time")),
    ("memory used", "MB, most", most("used_memory_max")),
)
LEFT = {"request", "cold", "status", "why"}


def records_of(stream):
    for line in stream:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and "_aws" in record:
            yield line.rstrip("\n"), record


def columns_of(record):
    if record.get("event_type") == "summary":
        return SUMMARY_COLUMNS
    if record.get("initialization_type") != "lambda-managed-instances":
        return COLUMNS
    return MANAGED_COLUMNS if "request_id" in record else ENVIRONMENT_COLUMNS


def rows_of(records, columns):
    yield ["#", *(heading for heading, _, _ in columns)]
    yield ["", *(unit for _, unit, _ in columns)]
    for row, record in enumerate(records, 1):
        yield [str(row), *(cell(record) for _, _, cell in columns)]


def table(records):
    """One for each kind of record."""
    first = True
    for columns in (COLUMNS, MANAGED_COLUMNS, ENVIRONMENT_COLUMNS, SUMMARY_COLUMNS):
        of_this_kind = [record for record in records if columns_of(record) is columns]
        if not of_this_kind:
            continue
        if any("line_reason" in record for record in of_this_kind):
            columns = (*columns[:1], ("why", "", short("line_reason", 16)), *columns[1:])
        if not first:
            yield ""
        first = False
        yield from one_table(of_this_kind, columns)


def one_table(records, columns):
    rows = list(rows_of(records, columns))
    widths = [max(map(len, column)) for column in zip(*rows)]
    left = [heading in LEFT for heading in rows[0]]
    rows.insert(2, ["─" * width for width in widths])
    for row in rows:
        cells = (cell.ljust(width) if to_left else cell.rjust(width) for cell, width, to_left in zip(row, widths, left))
        yield "  ".join(cells).rstrip()


def sentence(record):
    """What the table says of one record, on a line of its own."""
    parts = []
    for heading, unit, cell in columns_of(record):
        value = cell(record)
        if value not in ("", MISSING):
            parts.append(heading if value == "yes" else f"{heading} {value} {unit}".strip())
    return ", ".join(parts)


def in_full(line, record):
    """The line as it was written, and the same for reading."""
    whose = "a summary" if record.get("event_type") == "summary" else short("request_id")(record) if "request_id" in record else "the environment"
    yield f"The line of {whose}, {len(line.encode()) + 1} bytes with its newline:"
    yield ""
    yield line
    yield ""
    yield "and the same for reading:"
    yield ""
    for name, value in record.items():
        if name != "_aws":
            yield f"  {name:<24} {json.dumps(value)}"
    for directive in record["_aws"]["CloudWatchMetrics"]:
        metrics = ", ".join(f"{metric['Name']} ({metric.get('Unit', 'None')})" for metric in directive["Metrics"])
        dimensions = "; ".join(", ".join(names) or "none" for names in directive["Dimensions"])
        yield ""
        yield f"  namespace   {directive['Namespace']}"
        yield f"  metrics     {metrics}"
        yield f"  dimensions  {dimensions}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-line", action="store_true", help="the table alone")
    options = parser.parse_args()
    found = list(records_of(sys.stdin))
    if not found:
        print("There is no EMF line.", file=sys.stderr)
        sys.exit(1)
    print(*table([record for _, record in found]), sep="\n")
    if not options.no_line:
        # The one with most fields: the first usually also has those of the init.
        print("", *in_full(*max(found, key=lambda pair: len(pair[0]))), sep="\n")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
