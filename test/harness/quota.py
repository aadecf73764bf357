"""A fraction of a CPU: shared by the tests under a CPU quota.

    def test_x(measure, cpu_quota):
        measure([…], memory=128, options=cpu_quota)
"""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "sandbox"))

from lambda_sandbox.cpu_group import CpuGroup, NoCpuGroup  # noqa: E402

QUOTA = ["--cpu-quota"]  # lambda-sandbox: extensions and runtime get the CPU time of the memory size


def skip_without_cpu_quota():
    try:
        CpuGroup(128).close()
    except NoCpuGroup as error:
        pytest.skip(str(error))


@pytest.fixture
def cpu_quota():
    """The option of lambda-sandbox; skips where no CPU cgroup can be created, and says what is missing."""
    skip_without_cpu_quota()
    return QUOTA
