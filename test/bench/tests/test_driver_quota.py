"""bench-driver --cpu-quota: function and extension share the CPU time of a memory size."""
import contextlib
import pathlib
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
    assert all(350e6 < each["response_ns"] <= each["free_ns"] < 5000e6 for each in samples), samples


def test_it_comes_at_moments_spread_over_the_period_and_with_cpu_times_spread_over_a_quota():
    """On a busy machine INVOKE may come late, but not in every attempt."""
    for _ in range(5):
        samples = drive(None, **AT_128_MB | {"cpu_us": 8_000, "invocations": 16})["samples"]
        used = [each["function_cpu_ns"] / 1e6 for each in samples]
        assert 7.2 < min(used) < 7.5 and 8.5 < max(used) < 9.5
        quarters = [min(each["in_period_ns"] // 5_000_000, 3) for each in samples]
        if all(2 <= quarters.count(quarter) <= 7 for quarter in range(4)):
            return
    raise AssertionError(samples)


def test_an_invocation_for_each_line_of_input():
    options = {"memory": 512, "cpu_quota": True, "cpu_us": 1000, "warm_up": 0, "paced": True}
    run = subprocess.run(command_of(FLOOR, options), input="\n\n", capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert len(run.stdout.splitlines()) == 3 and '"lines":2' in run.stdout


def groups():
    return set(pathlib.Path(cpu_group.find_hierarchy().own).glob("lambda-vitals-*"))


def group_of_children(pid, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        children = set(pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        for group in groups():
            with contextlib.suppress(OSError):  # another's, which was removed
                if children & set((group / "cgroup.procs").read_text().split()):
                    return group
        time.sleep(0.02)
    raise AssertionError("the function is in no group")


@pytest.mark.parametrize("signal", ["terminate", "kill"])
def test_a_group_has_the_quota_of_several_cpus_too_and_goes_with_the_driver(signal):
    """With a killed one it is the next driver that removes it. No PID namespace, so that the driver gets the signal."""
    driver = [RELEASE / "bench-driver", "--no-extension", "--cpu-quota", "--memory", "3008", "--duration-us", "50000"]
    process = subprocess.Popen(driver, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        group = group_of_children(process.pid)
        limit = next(file for name in ("cpu.max", "cpu.cfs_quota_us") if (file := group / name).exists())
        assert limit.read_text().split()[0] == "34007"
    finally:
        getattr(process, signal)()
        process.wait()
    end = time.monotonic() + 20
    while signal == "kill" and group.exists() and time.monotonic() < end:
        drive(None, memory=128, cpu_quota=True, invocations=1, warm_up=0)
    assert not group.exists()


def test_what_is_too_small_for_a_quota_is_refused():
    with pytest.raises(DriverError, match="at least 128"):
        drive(None, memory=127, cpu_quota=True)
