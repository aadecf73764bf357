"""Lines of a function that has a fraction of a CPU, which it shares with the extension, as most functions do.

    VITALS_QUOTA_SANDBOXES  how many cold sandboxes the tests of the first window start (default 6)
"""
import os

import pytest

from accuracy import burn, event, measure, near, note, right_or_absent  # noqa: F401
from quota import QUOTA, cpu_quota, skip_without_cpu_quota  # noqa: F401

pytestmark = pytest.mark.shipped("under a CPU quota: a sanitizer takes several times the CPU, and the values are its own")
SANDBOXES = int(os.environ.get("VITALS_QUOTA_SANDBOXES") or 6)
SETTLING = 3  # the first windows, which have tests of their own
TARGET = {"at_most": 1, "or_share": 0.05}  # ms
INVOKE_LATE = ["--fault", "api:next=delay:10@times:1"]  # the runtime has its invocation at once


@pytest.mark.parametrize("memory, ms", [(128, 8), (128, 30), (512, 60)])
def test_cpu_time_of_a_warm_sandbox(measure, cpu_quota, memory, ms):
    run = measure([event(burn(ms), lead_in=False)] * (SETTLING + 5), memory=memory, options=cpu_quota)
    known = [(record["cpu_total_time"], truth) for record, truth in run.cpu_pairs() if record["invocation"] > SETTLING]
    assert known
    for value, truth in known:
        near("cpu_total_time", value, truth, **TARGET)


@pytest.mark.parametrize("ms", [2, 20])
@pytest.mark.parametrize("options", [QUOTA, INVOKE_LATE, [*QUOTA, *INVOKE_LATE]], ids=["quota", "late", "quota-late"])
def test_cpu_time_of_the_first_invocation(measure, options, ms):
    """Right, or absent together with the init's: the split is not known if the extension is scheduled late."""
    if QUOTA[0] in options:
        skip_without_cpu_quota()
    known, wrong = 0, []
    for _ in range(SANDBOXES):
        run = measure([event(burn(ms), lead_in=False), event(lead_in=False)], memory=128, options=options, runs=1)
        (record, truth), _ = run.pairs
        try:
            known += right_or_absent("cpu_total_time", record, truth["cpuUs"] / 1000, **TARGET)
            right_or_absent("init_cpu_time", record, (truth["cpuSoFarUs"] - truth["cpuUs"]) / 1000, **TARGET)
        except AssertionError as error:
            wrong.append(str(error))
    note(f"the first window's CPU time known in {known} of {SANDBOXES}")
    assert not wrong, f"{len(wrong)} of {SANDBOXES}: {wrong}"
