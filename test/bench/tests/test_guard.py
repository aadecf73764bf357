"""Nothing that is guarded has grown by more than 3 % over what test/bench/recorded.json holds."""
import os
import shutil

import pytest

from vitals_bench import guard
from vitals_bench.machine import compiler


@pytest.fixture(scope="module")
def record():
    if os.environ.get("VITALS_BINARY"):
        pytest.skip("VITALS_BINARY is set: the recorded figures are those of the release build")
    if not shutil.which("valgrind"):
        pytest.skip("NOTHING IS GUARDED: valgrind is not installed")
    record = guard.recorded()
    if not guard.comparable(record):
        pytest.skip(f"NOTHING IS GUARDED: the figures were recorded with {record['compiler']}, this is {compiler()}")
    return record


def test_nothing_has_grown_unnoticed(record):
    now = guard.measure()
    print(now)
    assert not guard.grown(now, record["figures"]), (
        "if the gain is worth it, run scripts/bench --record and commit test/bench/recorded.json with the change")


def test_growth_is_noticed_from_three_percent_on():
    assert not guard.grown({"bytes": 1030}, {"bytes": 1000})
    assert guard.grown({"bytes": 1031}, {"bytes": 1000}) == ["bytes: 1,031, recorded 1,000: +3.1%"]
