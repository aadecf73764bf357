"""Lines of a function that has a fraction of a CPU, which it shares with the extension, as most functions do."""
import pytest

from accuracy import burn, event, measure, near, note  # noqa: F401
from quota import cpu_quota  # noqa: F401

pytestmark = pytest.mark.shipped("under a CPU quota: a sanitizer takes several times the CPU, and the values are its own")
SETTLING = 3  # the first windows, in which code and files are cold
TARGET = {"at_most": 1, "or_share": 0.05}  # ms


def right_or_absent(name, record, truth_ms):
    if name in record:
        near(name, record[name], truth_ms, **TARGET)
    else:
        note(f"{name} absent, in truth {truth_ms:.3f}")
    return name in record


@pytest.mark.parametrize("memory, ms", [(128, 8), (128, 30), (512, 60)])
def test_cpu_time_of_a_warm_sandbox(measure, cpu_quota, memory, ms):
    run = measure([event(burn(ms), lead_in=False)] * (SETTLING + 5), memory=memory, options=cpu_quota)
    for record, told in run.pairs[SETTLING:]:
        assert right_or_absent("cpu_total_time", record, told["cpuUs"] / 1000)
