"""What is wrong with a function, the worst first: what the page shows on top, and --fail-on looks for."""

from .advice import LEAST_TMP, MB, MOST

KINDS = ("leak", "timeout", "out_of_memory", "error", "undersized", "oversized", "slow_cpu", "near_limit", "cold_starts",
         "extensions", "oversized_tmp")
SEVERITIES = ("bad", "warn", "note")
UNITS = {"memory": ("MB", 1), "fd_use": ("descriptors", 1), "tmp_used": ("MB of /tmp", MB)}


def share(part, whole):
    return part / whole if part and whole else 0


def percent(value):
    return f"{value * 100:.1f} %" if value < 0.1 else f"{value * 100:.0f} %"


def invocations(count):
    return f"{count:,} invocation{'s' * (count != 1)}"


def rounded(value):
    return f"{value:,.2f}" if value < 10 else f"{value:,.0f}"


def of(function, advice, leaks):
    """Each finding as {kind, severity, text}, the worst first."""
    found = [*failures(function), *growth(leaks), *size(function, advice), *limits(function, advice), *spare_tmp(function, advice), *waits(function)]
    return sorted(found, key=lambda each: SEVERITIES.index(each["severity"]))


def finding(kind, severity, text):
    return {"kind": kind, "severity": severity, "text": text}


def failures(function):
    count = function["invocations"]
    if function["out_of_memory"]:
        yield finding("out_of_memory", "bad", f"Out of memory killed {invocations(function['out_of_memory'])}.")
    if function["timeouts"]:
        yield finding("timeout", "bad", f"Timeouts stopped {invocations(function['timeouts'])} "
                      f"({percent(share(function['timeouts'], count))}).")
    errors = function["other_errors"] or 0
    if errors > 0:
        rate = share(errors, count)
        yield finding("error", "bad" if rate > 0.01 else "warn", f"Errors ended {invocations(errors)} ({percent(rate)}).")


def growth(leaks):
    by_field = {}
    for leak in leaks:
        by_field.setdefault(leak["field"], []).append(leak)
    for field, each in by_field.items():
        unit, scale = UNITS[field]
        worst = max(each, key=lambda leak: leak["per_invocation"])
        sandboxes = f"{len(each)} sandbox{'es' if len(each) > 1 else ''}"
        yield finding("leak", "bad", f"Leak: {rounded(worst['per_invocation'] / scale)} {unit} more after every invocation, "
                      f"in {sandboxes}.")


def size(function, advice):
    kinds = {"smaller": ("oversized", "warn"), "larger": ("undersized", "bad"), "faster": ("slow_cpu", "note")}
    if advice["advice"] in kinds:
        kind, severity = kinds[advice["advice"]]
        yield finding(kind, severity, advice["text"])
    elif not advice["advice"] and advice["memory_floor"] and function["memory_size"]:
        if function["memory_size"] < advice["memory_floor"] and advice["reason"] != "leak":
            yield finding("undersized", "warn", f"Little memory left: it uses more than 80 % of {function['memory_size']:,.0f} MB; "
                          f"{advice['memory_floor']:,} MB leave a fifth free.")


def limits(function, advice):
    near = []
    for used, limit, name in ((function["tmp_used_max"], function["tmp_size"], "/tmp"),
                              (function["fd_use_max"], function["fd_limit"], "descriptors"),
                              (function["threads_max"], 1024, "threads"),
                              (function["duration_p99"], function["time_limit"], "timeout (p99 of durations)")):
        if share(used, limit) >= 0.8:
            near.append(f"{name} {percent(share(used, limit))}")
    if near and near[0].startswith("/tmp") and advice["tmp_floor"] * MB > function["tmp_size"]:
        near[0] += f" ({advice['tmp_floor']:,} MB leave a fifth free)"
    if near:
        yield finding("near_limit", "warn", f"Close to a limit: {', '.join(near)}.")


def spare_tmp(function, advice):
    size, floor = function["tmp_size"], advice["tmp_floor"]
    if size and floor and 2 * floor * MB < size < 1.1 * MOST * MB:  # a machine's own disk is not a setting of Lambda
        used = max(1, round(function["tmp_used_max"] / MB))
        yield finding("oversized_tmp", "note", f"Lower /tmp from about {size / MB:,.0f} to {floor:,} MB: at most {used:,} MB are used, and what is "
                      f"over {LEAST_TMP} MB costs money.")


def waits(function):
    cold = share(function["cold_starts"], function["invocations"])
    wait = function["init_p95"] or function["restore_p95"]
    if cold >= 0.05 and wait and function["invocations"] >= 50:
        yield finding("cold_starts", "note", f"Cold starts: {percent(cold)} of invocations wait up to {wait:,.0f} ms (p95) more.")
    overhead = function["extension_overhead_avg"]
    if overhead and function["duration_avg"] and overhead >= 10 and overhead >= 0.1 * function["duration_avg"]:
        yield finding("extensions", "note", f"Extensions keep each invocation {overhead:,.0f} ms longer on average.")
