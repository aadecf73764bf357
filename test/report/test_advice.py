"""Right-sizing: the model's arithmetic, what follows from it, and when there is no advice."""
import dataclasses

import pytest

from lines import Profile, lines_of

DAY_MS = 86_400_000
STEADY = Profile("f", 1769, cpu_ms=50, wait_ms=50, every_ms=DAY_MS / 50, invocations=1000)


def advised(numbers, count=200, **changes):
    (function,) = numbers(lines_of(dataclasses.replace(STEADY, **changes), count))["functions"]
    return function["advice"]


def at(advice, size):
    return next(each for each in advice["curve"] if each["size"] == size)


@pytest.mark.parametrize("cpu, wait", [(100, 0.001), (30, 300), (60, 60)])
def test_the_model_predicts_other_sizes(cpu, wait, numbers):
    """The generator makes the durations of each size by the same physics, with its own random numbers."""
    advice = advised(numbers, 2000, cpu_ms=cpu, wait_ms=wait, memory=1024)
    for size in (256, 3008):
        (real,) = numbers(lines_of(dataclasses.replace(STEADY, cpu_ms=cpu, wait_ms=wait, memory=size), 2000, seed=2))["functions"]
        point = at(advice, size)
        assert point["duration"] == pytest.approx(real["duration_avg"], rel=0.05)
        assert point["duration_p95"] == pytest.approx(real["duration_p95"], rel=0.15)
        assert point["duration_low"] * 0.98 < real["duration_avg"] < point["duration_high"] * 1.02


def test_the_current_size_is_on_the_curve_and_predicted_as_it_is(numbers):
    records = list(lines_of(dataclasses.replace(STEADY, memory=777), 300))
    (function,) = numbers(records)["functions"]
    now = function["advice"]["now"]
    assert now["size"] == 777
    assert now["duration"] == pytest.approx(function["duration_avg"], rel=0.05)
    assert now["cost"] == pytest.approx(function["cost_usd"] / function["invocations"] * 1e6, rel=0.05)


def test_a_function_that_waits_needs_less(numbers):
    advice = advised(numbers, cpu_ms=25, wait_ms=400, memory=3008)
    assert advice["advice"] == "smaller" and advice["size"] < 1000 and "mostly waits" in advice["text"]
    assert advice["cheapest"]["size"] <= advice["best_value"]["size"] <= advice["fastest"]["size"]


def test_a_function_that_computes_needs_more(numbers):
    advice = advised(numbers, cpu_ms=200, wait_ms=1, memory=512)
    assert advice["advice"] == "faster" and 1700 <= advice["size"] <= 1792
    assert advice["fastest"]["size"] in (1728, 1769, 1792)  # one thread: more than a core changes nothing


def test_never_below_the_memory_that_is_used(numbers):
    advice = advised(numbers, cpu_ms=25, wait_ms=400, memory=3008, base_mb=700, noise_mb=1)
    assert advice["memory_floor"] % 64 == 0 and 700 / 0.8 < advice["memory_floor"] <= 740 / 0.8 + 64
    assert min(advice["cheapest"]["size"], advice["size"]) >= advice["memory_floor"]


def test_too_little_memory(numbers):
    advice = advised(numbers, memory=256, base_mb=225, noise_mb=1)
    assert advice["advice"] == "larger" and advice["size"] >= advice["memory_floor"] > 256


@pytest.mark.parametrize("reason, count, changes", [
    ("few_records", 49, {}), ("errors", 200, {"error_share": 0.2}), ("leak", 200, {"leak_mb": 2, "invocations": 200}),
    ("little_cpu", 200, {"cpu_ms": 5}), ("no_telemetry", 200, {"telemetry": False}),
    ("no_size", 200, {"memory": 1769.5}),
    ("managed", 200, {"initialization": "lambda-managed-instances"})])
def test_no_advice(reason, count, changes, numbers):
    advice = advised(numbers, count, **changes)
    assert (advice["advice"], advice["reason"]) == (None, reason) and advice["text"].startswith("No advice: ")


def test_confidence(numbers):
    assert advised(numbers, 200, every_ms=1000)["confidence"] == "preliminary"
    assert advised(numbers, 200)["confidence"] == "medium"
    assert advised(numbers, 1100)["confidence"] == "high"


def test_provisioned_concurrency_is_said_to_be_left_out(numbers):
    assert "provisioned concurrency" in advised(numbers, initialization="provisioned-concurrency")["note"]


def test_a_larger_size_counts_from_when_it_was_set(numbers):
    """Only records at the size that the function has now speak for it."""
    before = list(lines_of(dataclasses.replace(STEADY, memory=128), 100))
    after = list(lines_of(dataclasses.replace(STEADY, memory=1024, start_ms=STEADY.start_ms + 100 * DAY_MS), 60, seed=2))
    (function,) = numbers(before + after)["functions"]
    assert function["memory_size"] == 1024 and function["advice"]["warm_records"] == 59


@pytest.mark.parametrize("used_mb, size_mb, kind, says", [
    (480, 526, "near_limit", "/tmp 91 % (640 MB leave a fifth free)"), (900, 1024, "near_limit", "(1,152 MB leave a fifth free)"),
    (300, 5120, "oversized_tmp", "to 512 MB: at most 300 MB"), (2000, 10500, "oversized_tmp", "to 2,560 MB"),
    (300, 526, None, ""), (300, 1000, None, ""), (10, 250_000, None, "")])
@pytest.mark.parametrize("insights", [False, True], ids=["Lambda Vitals", "Lambda Insights"])
def test_tmp(used_mb, size_mb, kind, says, insights, numbers):
    size, used = size_mb << 20, used_mb << 20
    records = [{**record, "tmp_max": size, "tmp_free": size - used, "tmp_used": used} for record in lines_of(STEADY, 60)]
    if insights:
        records = [{key: value for key, value in record.items() if key != "tmp_used"} for record in records]
    (function,) = numbers(records)["functions"]
    found = [each for each in function["findings"] if each["kind"] in ("near_limit", "oversized_tmp")]
    assert [each["kind"] for each in found] == ([kind] if kind else [])
    assert all(says in each["text"] for each in found)
    assert function["advice"]["tmp_floor"] == {480: 640, 900: 1152, 300: 512, 2000: 2560, 10: 512}[used_mb]
