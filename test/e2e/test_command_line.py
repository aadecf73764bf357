"""The binary when a user runs it by hand, outside Lambda."""
import json
import os
import pathlib
import re
import signal
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERSION = re.search(r"^project\(.* VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)[1]
LAMBDAS_OWN = {"AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"}


@pytest.fixture
def by_hand(extension):
    def run(*arguments, prefix=(), stdout=subprocess.PIPE, **env):
        environment = {key: value for key, value in os.environ.items() if key not in LAMBDAS_OWN}
        return subprocess.run([*prefix, extension, *arguments], stdout=stdout, stderr=subprocess.PIPE, text=True,
                              timeout=30, stdin=subprocess.DEVNULL, env={**environment, **env})

    return run


def test_it_says_its_version(by_hand):
    run = by_hand("--version")
    assert (run.returncode, run.stdout, run.stderr) == (0, f"lambda-vitals {VERSION}\n", "")


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_it_explains_itself(by_hand, option):
    run = by_hand(option)
    assert (run.returncode, run.stderr) == (0, "")
    for word in ("/opt/extensions", "layer", "container", "LAMBDA_VITALS_", "--sample", "--version", "exit status"):
        assert word in run.stdout, word
    for page in re.findall(r"docs/[\w-]+\.md", run.stdout):
        assert (ROOT / page).exists(), page
    assert max(map(len, run.stdout.splitlines())) <= 120


def test_outside_lambda_it_says_so_in_one_sentence(by_hand):
    run = by_hand()
    assert (run.returncode, run.stdout) == (2, "")
    (sentence,) = run.stderr.splitlines()
    assert "not Lambda" in sentence and "--help" in sentence


@pytest.mark.parametrize("arguments", [["--sampel"], ["sample"], [""], ["--version", "--sample"], ["--help", "me"]])
def test_a_wrong_option_is_told(by_hand, arguments):
    run = by_hand(*arguments)
    assert (run.returncode, run.stdout) == (2, "")
    (sentence,) = run.stderr.splitlines()
    assert arguments[-1] in sentence and "--help" in sentence


@pytest.fixture
def busy_stranger():
    """A process that keeps a CPU busy and is not a descendant of ours."""
    started = subprocess.run(["sh", "-c", "timeout 30 sh -c 'while :; do :; done' >/dev/null 2>&1 & echo $!"],
                             stdout=subprocess.PIPE, text=True, timeout=10, check=True)
    yield
    os.kill(int(started.stdout), signal.SIGTERM)


def test_a_sample_is_one_record_of_this_machine(by_hand, check_lines, busy_stranger):
    run = by_hand("--sample")
    assert (run.returncode, run.stderr) == (0, "")
    (line,) = check_lines(run.stdout.splitlines())
    record = json.loads(line)
    assert record["agent_version"] == VERSION
    assert 1000 <= record["duration"] < 3000
    assert record["cpu_total_time"] > 200  # the loop has a core, or its share of a busy one
    assert record["processes_max"] >= 2 and record.get("memory_peak", 2) > 1  # absent when much changes at the same moment
    assert record["cold_start"] is False
    assert not {"init_duration", "init_cpu_time", "status", "billed_duration", "total_memory", "function_name"} & set(record)


def test_a_sample_obeys_the_settings(by_hand, check_lines):
    run = by_hand("--sample", LAMBDA_VITALS_METRICS="processes_max", LAMBDA_VITALS_FIELDS="team=payments",
                  LAMBDA_VITALS_DIMENSIONS="team", LAMBDA_VITALS_EMIT="later")
    record = json.loads(*check_lines(run.stdout.splitlines()))
    (directive,) = record["_aws"]["CloudWatchMetrics"]
    assert [metric["Name"] for metric in directive["Metrics"]] == ["processes_max"]
    assert directive["Dimensions"] == [["team"]]
    assert "LAMBDA_VITALS_EMIT" in run.stderr


def test_a_sample_that_nobody_takes_is_an_error(by_hand):
    with open("/dev/full", "w") as full:
        run = by_hand("--sample", stdout=full)
    assert run.returncode == 1 and "standard output" in run.stderr


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_a_sample_for_a_user_without_rights_leaves_out_what_that_user_may_not_see(extension, check_lines, busy_stranger):
    with open(extension, "rb") as binary:  # it may be in a folder that this user cannot enter
        run = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", f"/proc/self/fd/{binary.fileno()}",
                              "--sample"], pass_fds=[binary.fileno()], capture_output=True, text=True, timeout=30)
    record = json.loads(*check_lines(run.stdout.splitlines()))
    assert not {"disk_read_bytes", "disk_write_bytes"} & set(record)  # /proc/PID/io of others
    assert record["processes_max"] >= 1 and record["cpu_total_time"] >= 0
