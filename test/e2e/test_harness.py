"""The tests' own tools leave nothing behind and keep out of the machine's /opt."""
import json
import os
import pathlib
import subprocess
import sys

import pytest

from namespaces import NamespacesError
from rie import Rie, emf_of

FUNCTION = pathlib.Path(__file__).resolve().parents[1] / "functions" / "demo"
RUNTIME = [sys.executable, "-m", "awslambdaric", "app.handler"]
ROOT = FUNCTION.parents[2]


def is_running(pid):
    return pathlib.Path(f"/proc/{pid}/stat").exists()


def children(pid):
    return [child for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()]


def test_rie_and_what_it_started_end_with_a_failing_test(rie):
    before = sorted(os.listdir("/opt")) if os.path.isdir("/opt") else None
    with pytest.raises(ZeroDivisionError), Rie(rie, None, RUNTIME, cwd=FUNCTION) as lambda_:
        lambda_.invoke()
        family = [lambda_.pid, *children(lambda_.pid)]
        assert len(family) == 2
        1 / 0
    assert not any(map(is_running, family))
    assert before == (sorted(os.listdir("/opt")) if os.path.isdir("/opt") else None)


def test_rie_refuses_what_its_own_opt_would_hide(rie):
    with pytest.raises(NamespacesError, match="is in /opt"):
        Rie(rie, "/opt/extensions/mine", RUNTIME, cwd=FUNCTION)


def test_emf_lines_are_found_behind_unfinished_ones():
    line = '{"_aws":{"Timestamp":1},"event_type":"performance"}'
    assert emf_of(f"START\nfunction {line}\n{{\"x\":1}}\n{line}\n") == [line, line]


def test_the_table_shows_what_is_missing_as_a_dash():
    record = {"_aws": {"Timestamp": 1, "CloudWatchMetrics": [{"Namespace": "N", "Dimensions": [[]], "Metrics": []}]},
              "request_id": "0123456789", "cold_start": True, "cpu_total_time": 12.34}
    table = subprocess.run([sys.executable, ROOT / "scripts" / "lib" / "table.py"], input=json.dumps(record) + "\nnoise\n",
                           capture_output=True, text=True, timeout=30)
    row = table.stdout.splitlines()[3].split()
    assert row[:3] == ["1", "01234567", "yes"] and "12.3" in row and "–" in row
    assert f"{len(json.dumps(record)) + 1} bytes" in table.stdout


def test_results_are_added_up(tmp_path):
    results = tmp_path / "results.xml"
    results.write_text('<testsuite><testcase name="a" status="run"/><testcase name="b"><failure/></testcase>'
                       '<testcase name="c"><skipped/></testcase></testsuite>')
    count = [sys.executable, ROOT / "scripts" / "lib" / "count_tests.py"]
    run = subprocess.run([*count, "--broken", "1", results], capture_output=True, text=True, timeout=30)
    assert (run.stdout, run.returncode) == ("1 passed, 2 failed, 1 skipped\n", 1)


@pytest.mark.parametrize("again, counted", [
    ('<testcase name="b"/><testcase name="c"/>', "3 passed, 0 failed"),
    ('<testcase name="b"/><testcase name="c"><failure/></testcase>', "2 passed, 1 failed"),
    ('<testcase name="b"/>', "2 passed, 1 failed")])  # of c nothing is known but that it failed
def test_what_failed_beside_others_and_was_run_again_counts_once(tmp_path, again, counted):
    (tmp_path / "e2e.xml").write_text('<testsuite><testcase name="a"/><testcase name="b"><failure/></testcase>'
                                      '<testcase name="c"><failure/></testcase></testsuite>')
    (tmp_path / "e2e-retried.xml").write_text(f"<testsuite>{again}</testsuite>")
    count = [sys.executable, ROOT / "scripts" / "lib" / "count_tests.py", *sorted(tmp_path.glob("*.xml"))]
    assert subprocess.run(count, capture_output=True, text=True, timeout=30).stdout == counted + "\n"


@pytest.mark.parametrize("strict, status", [([], 0), (["--strict"], 1)])
def test_a_skipped_test_fails_a_strict_run_alone(tmp_path, strict, status):
    results = tmp_path / "results.xml"
    results.write_text('<testsuite><testcase name="a"/><testcase name="b"><skipped/></testcase></testsuite>')
    count = [sys.executable, ROOT / "scripts" / "lib" / "count_tests.py"]
    assert subprocess.run([*count, *strict, results], capture_output=True, timeout=30).returncode == status


@pytest.mark.parametrize("command", ["demo", "local", "test", "check", "soak", "bench"])
def test_commands_explain_themselves(command):
    path = ROOT / "scripts" / command
    helped = subprocess.run([path, "--help"], capture_output=True, text=True, timeout=30)
    assert helped.returncode == 0 and helped.stdout.startswith(f"usage: scripts/{command}")
    refused = subprocess.run([path, "--no-such-option"], capture_output=True, text=True, timeout=30)
    assert refused.returncode == 2 and len(refused.stderr.splitlines()) == 1 and not refused.stdout
