"""Every fuzz target runs its seeds and a few seconds of generated input. For longer runs: scripts/fuzz."""
import re
import subprocess

import pytest

from accuracy import ROOT

pytestmark = pytest.mark.shipped("no extension runs")

SECONDS = 9  # eight targets, two at a time: half a minute; a minute of processor time
TARGETS = sorted(path.name for path in (ROOT / "test" / "fuzz" / "corpus").iterdir())


@pytest.fixture(scope="module")
def fuzzed():
    run = subprocess.run([ROOT / "scripts" / "fuzz", "--seconds", str(SECONDS)], capture_output=True, text=True, timeout=1500)
    rows = re.findall(r"^(\S+) +([\d,]+) +([\d,]+) +([\d,]+)  (\S+)$", run.stdout, re.M)
    return {target: (int(executions.replace(",", "")), outcome) for target, executions, _, _, outcome in rows}, run


@pytest.mark.timeout(1600)
@pytest.mark.parametrize("target", TARGETS)
def test_nothing_is_found(fuzzed, target):
    rows, run = fuzzed
    assert target in rows, run.stdout + run.stderr
    executions, outcome = rows[target]
    seeds = len(list((ROOT / "test" / "fuzz" / "corpus" / target).iterdir()))
    assert outcome == "ok", run.stderr
    assert executions > seeds, "it only replayed its seeds"
