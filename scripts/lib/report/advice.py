"""Right-sizing advice: which memory size a function should have, why, and how sure that is. The model is in sql/advice.sql
and sql/sizes.sql; here it is decided what follows, and when nothing does.
"""
import math

STEP = 64  # MB
LEAST, MOST = 128, 10240  # MB, Lambda's limits; the latter of /tmp, too
LEAST_TMP = 512  # MB, which cost nothing
MB = 1 << 20
SIZES = sorted({*range(LEAST, MOST + 1, STEP), 1769})
LEAST_RECORDS, LEAST_CPU_MS, MOST_ERRORS = 50, 20, 0.05
HEADROOM = 0.8  # of the size is used at most
WORTH = 0.1  # a saving or a gain below this share is not worth a change

NO_ADVICE = {
    "managed": "it runs on Managed Instances, where memory size does not set CPU",
    "no_size": "its memory size is not in the lines",
    "leak": "it leaks: repair that first, as no memory size is enough",
    "errors": "more than 5 % of its invocations fail, and a failed one does not show what a good one needs",
    "no_telemetry": "its lines have no telemetry (Telemetry API off, or the RIE), so what is billed is not known",
    "notable": "only its notable invocations have lines, which say little about the others: set LAMBDA_VITALS_LINES=notable,1/100",
    "few_records": "there are fewer than 50 warm invocations at its current size",
    "little_cpu": "it uses less than 20 ms of CPU time an invocation, too little to tell how size changes its duration",
}


def memory_floor(function):
    """The smallest size in MB that leaves a fifth free, or None where memory was not measured."""
    used = [each for each in (function["memory_peak_p99"], function["used_memory_max"]) if each is not None]
    if not used:
        return None
    least = max(LEAST, math.ceil(max(used) / HEADROOM / STEP) * STEP)
    if function["out_of_memory"] and function["memory_size"]:
        least = max(least, math.ceil(function["memory_size"] * 1.25 / STEP) * STEP)
    return min(MOST, least)


def tmp_floor(function):
    """The smallest /tmp in MB that leaves a fifth free, or None where its use was not measured."""
    if function["tmp_used_max"] is None:
        return None
    least = math.ceil(function["tmp_used_max"] / MB / HEADROOM / STEP) * STEP
    return min(MOST, max(LEAST_TMP, least))


def reason_for_none(function, sizing, leaks):
    if function["initialization_type"] == "lambda-managed-instances":
        return "managed"
    if not function["memory_size"]:
        return "no_size"
    if leaks:
        return "leak"
    if function["errors"] and function["errors"] / function["invocations"] > MOST_ERRORS:
        return "errors"
    if not function["with_telemetry"]:
        return "no_telemetry"
    if not sizing and function["invocations"] > (function["lines"] or 0):
        return "notable"
    if not sizing or sizing["warm_records"] < LEAST_RECORDS:
        return "few_records"
    if sizing["cpu"] < LEAST_CPU_MS:
        return "little_cpu"
    return None


def advise(function, sizing, sizes, leaks, prices):
    """The advice as a dictionary. `sizes` are the rows of sql/sizes.sql for the function."""
    floor = memory_floor(function)
    none = reason_for_none(function, sizing, leaks)
    if none:
        return {"advice": None, "reason": none, "text": f"No advice: {NO_ADVICE[none]}.", "memory_floor": floor,
                "tmp_floor": tmp_floor(function)}

    curve = [point(row, function, prices) for row in sizes]
    possible = [each for each in curve if each["size"] >= (floor or LEAST)]
    if function["time_limit"]:
        possible = [each for each in possible if each["duration_p95"] < function["time_limit"]] or possible
    possible = possible or curve[-1:]
    now = next(each for each in curve if each["size"] == function["memory_size"])
    cheapest = min(possible, key=lambda each: each["cost"])
    quickest = min(each["duration"] for each in possible)
    fastest = next(each for each in possible if each["duration"] <= quickest * 1.02)
    value = min(possible, key=lambda each: each["cost"] * each["duration"])
    result = {
        "advice": "change", "memory_floor": floor, "tmp_floor": tmp_floor(function), "memory_size": function["memory_size"],
        "confidence": confidence(sizing), "parallelism": round(sizing["parallelism"], 2),
        "cpu_ms": round(sizing["cpu"], 3), "wait_ms": round(sizing["wait"], 3), "warm_records": sizing["warm_records"],
        "days": round(sizing["days"], 3), "now": now, "cheapest": cheapest, "fastest": fastest, "best_value": value,
        "curve": curve}
    result["advice"], result["size"] = verdict(now, value, floor)
    result["text"] = sentence(result, function)
    if function["initialization_type"] == "provisioned-concurrency":
        result["note"] = "The fixed price of provisioned concurrency is not in these figures."
    return result


def point(row, function, prices):
    """One size of the curve, with the cost of a million invocations, cold starts included, and its band."""
    cold = function["cold_starts"] / function["invocations"] * (function["init_p50"] or 0)

    def cost(duration):
        return round(prices.of(function["architecture"], 1e6, (duration + 0.5 + cold) * row["size"] * 1e6), 4)

    return {"size": int(row["size"]), "duration": round(row["duration"], 2), "duration_p95": round(row["duration_p95"], 2),
            "duration_low": round(row["duration_low"], 2), "duration_high": round(row["duration_high"], 2),
            "cost": cost(row["duration"]), "cost_low": cost(row["duration_low"]), "cost_high": cost(row["duration_high"])}


def verdict(now, value, floor):
    """What to do: `larger` for want of memory; the size of best value where that is much cheaper (`smaller`) or much faster
    for about the same money (`faster`); else `keep`.
    """
    if floor and now["size"] < floor:
        return "larger", max(floor, value["size"])
    if value["size"] < now["size"] and value["cost"] <= now["cost"] * (1 - WORTH):
        return "smaller", value["size"]
    if value["size"] > now["size"] and value["duration"] <= now["duration"] * 0.8 and value["cost"] <= now["cost"] * 1.05:
        return "faster", value["size"]
    return "keep", now["size"]


def confidence(sizing):
    if sizing["days"] < 1:
        return "preliminary"
    return "high" if sizing["days"] >= 7 and sizing["warm_records"] >= 1000 else "medium"


def sentence(advice, function):
    size, now = advice["size"], advice["now"]
    chosen = next((each for each in advice["curve"] if each["size"] == size), now)
    change = chosen["cost"] / now["cost"] - 1 if now["cost"] else 0
    time = chosen["duration"] / now["duration"] - 1 if now["duration"] else 0
    effect = f"{percent(change)} cost, {percent(time)} duration"
    if advice["advice"] == "larger":
        return f"Raise memory from {now['size']:,} to {size:,} MB: it uses more than 80 % of what it has ({effect})."
    if advice["advice"] == "smaller":
        why = "it mostly waits" if advice["wait_ms"] > now["duration"] / 2 else "it does not use its CPU and memory"
        return f"Lower memory from {now['size']:,} to {size:,} MB: {why} ({effect})."
    if advice["advice"] == "faster":
        return f"Raise memory from {now['size']:,} to {size:,} MB: it is CPU-bound, so more CPU shortens it ({effect})."
    return f"Keep {now['size']:,} MB: no other size is a better balance of cost and duration."


def percent(change):
    return f"{'+' if change > 0 else '−' if round(change * 100) else '±'}{abs(round(change * 100))} %"
