"""bench-driver --cpu-quota: function and extension share the CPU time of a memory size."""
import subprocess
import sys
import time

import pytest

from vitals_bench.driver import DriverError, command_of, drive
from vitals_bench.places import RELEASE, ROOT

sys.path.insert(0, str(ROOT / "test" / "sandbox"))
from lambda_sandbox import cpu_group  # noqa: E402

FLOOR = [RELEASE / "bench-floor"]
AT_128_MB = {"memory": 128, "cpu_quota": True, "cpu_us": 30_000, "samples": True, "warm_up": 1, "invocations": 4}


@pytest.fixture(autouse=True)
def quotas():
    try:
        cpu_group.CpuGroup(128).close()
    except cpu_group.NoCpuGroup as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("program", [None, FLOOR])
def test_an_invocation_takes_its_cpu_time_at_the_memory_sizes_share(program):
    samples = drive(program, **AT_128_MB)["samples"]
    assert all(29e6 < each["function_cpu_ns"] < 33e6 for each in samples), samples
    assert all(350e6 < each["response_ns"] <= each["free_ns"] < 1500e6 for each in samples), samples


def test_it_comes_at_moments_spread_over_the_period_and_with_cpu_times_spread_over_a_quota():
    """On a busy machine INVOKE may come late, but not mostly."""
    samples = drive(None, **AT_128_MB | {"cpu_us": 8_000, "invocations": 16})["samples"]
    quarters = [min(each["in_period_ns"] // 5_000_000, 3) for each in samples]
    assert all(2 <= quarters.count(quarter) <= 7 for quarter in range(4)), samples
    used = [each["function_cpu_ns"] / 1e6 for each in samples]
    assert 7.2 < min(used) < 7.5 and 8.5 < max(used) < 9.5


def test_a_memory_size_of_several_cpus_throttles_nothing():
    samples = drive(FLOOR, **AT_128_MB | {"memory": 3008})["samples"]
    assert sorted(each["response_ns"] for each in samples)[1] < 60e6


def test_an_invocation_for_each_line_of_input():
    options = {"memory": 512, "cpu_quota": True, "cpu_us": 1000, "warm_up": 0, "paced": True}
    run = subprocess.run(command_of(FLOOR, options), input="\n\n", capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert len(run.stdout.splitlines()) == 3 and '"lines":2' in run.stdout


def test_a_killed_driver_leaves_a_group_that_the_next_one_removes():
    hierarchy = cpu_group.find_hierarchy()
    # Without a PID namespace, so that it is the driver that gets the signal.
    driver = [RELEASE / "bench-driver", "--no-extension", "--cpu-quota", "--memory", "128", "--cpu-us", "100000"]
    groups = lambda: {path.name for path in ROOT.__class__(hierarchy.own).glob("lambda-vitals-*")}  # noqa: E731
    before = groups()
    for signal in ("terminate", "kill"):
        process = subprocess.Popen(driver, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while not groups() - before and time.monotonic() < end:
            time.sleep(0.02)
        left = groups() - before
        getattr(process, signal)()
        process.wait()
        assert left
        while left & groups() and time.monotonic() < end:
            time.sleep(0.02)
            if signal == "kill":
                drive(None, memory=128, cpu_quota=True, invocations=1, warm_up=0)
        assert not left & groups(), signal


def test_what_is_too_small_for_a_quota_is_refused():
    with pytest.raises(DriverError, match="at least 128"):
        drive(None, memory=127, cpu_quota=True)
