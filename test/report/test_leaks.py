"""Leaks are found, and steady sandboxes never called leaking: 1,000 of each kind of steadiness, at the level of leaks.py."""
import math
import random

import pytest

START_MS = 1_760_000_000_000
MB = 1 << 20


def records(shape, sandboxes, count=100, seed=7):
    rng = random.Random(seed)
    for sandbox in range(sandboxes):
        values = shape(rng, count)
        for number, value in enumerate(values, 1):
            yield {"_aws": {"Timestamp": START_MS + sandbox * 1000 + number}, "event_type": "performance", "function_name": "f",
                   "request_id": f"{sandbox}-{number}", "sandbox_id": f"s{sandbox}", "invocation": number, "duration": 5,
                   "total_memory": 512, "used_memory_max": max(values[:number]), **fields_of(value)}


def fields_of(value):
    return {"memory_peak": round(value + 20, 3), "memory_end": round(value, 3), "fd_use": int(value), "tmp_used": int(value * MB)}


def noise(rng, count):
    return [100 + rng.gauss(0, 5) for _ in range(count)]


def garbage_collection(rng, count):
    period, phase = rng.randrange(5, 40), rng.randrange(40)
    return [90 + 30 * ((i + phase) % period) / period + rng.gauss(0, 1) for i in range(count)]


def resembling(rng, count):
    """What is in use is much what it was one invocation before."""
    value, values = 0.0, []
    for _ in range(count):
        value = 0.8 * value + rng.gauss(0, 3)
        values.append(100 + value)
    return values


def warm_up(rng, count):
    slowness = rng.uniform(5, 15)
    return [130 - 50 * math.exp(-i / slowness) + rng.gauss(0, 4) for i in range(count)]


def one_step(rng, count):
    at = rng.randrange(count)
    return [100 + 40 * (i >= at) + rng.gauss(0, 1) for i in range(count)]


@pytest.mark.parametrize("shape", [noise, garbage_collection, resembling, warm_up, one_step])
def test_no_false_alarm_in_a_thousand_steady_sandboxes(shape, numbers):
    result = numbers(records(shape, 1000, count=100 if shape is warm_up else 60))
    assert result["leaks"] == []


def growing(slope, around=2):
    return lambda rng, count: [100 + slope * i + rng.gauss(0, around) for i in range(count)]


@pytest.mark.parametrize("shape, slope", [
    (growing(1), 1), (growing(1, around=6), 1), (growing(3, around=12), 3),
    (lambda rng, count: [100 + i + 12 * (i % 7) / 7 for i in range(count)], 1),
    (lambda rng, count: [100 + 4 * (i // 4) + rng.gauss(0, 1) for i in range(count)], 1)],
    ids=["line", "noise", "much of both", "garbage collection", "stairs"])
def test_a_leak_is_found_within_fifty_invocations(shape, slope, numbers):
    leaks = [each for each in numbers(records(shape, 20, count=50))["leaks"] if each["field"] == "memory"]
    assert len(leaks) == 20
    for leak in leaks:
        assert leak["per_invocation"] == pytest.approx(slope, rel=0.35)


def test_descriptors_and_tmp(numbers):
    result = numbers(records(growing(2), 1, count=50))
    assert {each["field"] for each in result["leaks"]} == {"memory", "fd_use", "tmp_used"}
    (function,) = result["functions"]
    assert [each["kind"] for each in function["findings"]].count("leak") == 3


def test_the_high_water_mark_is_never_looked_at(numbers):
    """used_memory_max of a steady sandbox grows, and so does its first sample of memory."""
    assert numbers(records(noise, 50))["functions"][0]["findings"] == []


def test_without_memory_end_the_peak_shows_it(numbers):
    without = [{key: value for key, value in record.items() if key != "memory_end"} for record in records(growing(1), 1, count=60)]
    assert [each["field"] for each in numbers(without)["leaks"]][0] == "memory"
