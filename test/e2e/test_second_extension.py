"""A function that has another extension beside Lambda Vitals, however that one is started."""
import json
import pathlib
import re
import statistics
import sys

import pytest

import second_extension
from accuracy import right_or_absent
from conftest import FUNCTIONS, PYTHON_RUNTIME
from namespaces import own_processes
from rie import Rie
from sandbox import play as play_in_sandbox

PROGRAM = pathlib.Path(second_extension.__file__)
OTHERS = [PROGRAM]

# The file in the extensions' folder, which starts a program elsewhere.
SCRIPTS = {
    "calls exec": "exec {run}",
    "has a child": "{run}\nexit $?",
    "starts a daemon by exec": "exec {run} detach",
    "leaves a daemon behind": "({run} &) | cat",
    "leaves a daemon behind in a session of its own": "(setsid {run} &) | cat",
}
# Started before lambda-vitals and after it, by name. With two of them the second one waits longest for its start.
NAMES = ["a-first", "z-last"]
WORK = {"cpuMs": 20, "sleepMs": 200}

# The function's own command has a path in the extensions' folder among its first arguments.
MISLEADING_RUNTIME = [PYTHON_RUNTIME[0], "-X", "/opt/extensions/z-last", *PYTHON_RUNTIME[1:]]


def script(folder, name, kind):
    path = folder / name
    path.write_text("#!/bin/sh\n" + SCRIPTS[kind].format(run=f"{sys.executable} {PROGRAM} {name}") + "\n")
    return path


def check_whose(records, used_by_function, extensions=1):
    """CPU times are judged by their median: on a busy machine the extension may still be at work when a window closes. They
    are absent if ours was too late to separate two invocations. In the last invocation before SHUTDOWN the runtime may
    have exited already."""
    records, used_by_function = records[:-1], used_by_function[:-1]
    for record in records:
        assert record["extensions_memory_max"] > extensions * second_extension.MEMORY_MB
        assert record["memory_peak"] < second_extension.MEMORY_MB
        assert record["processes_max"] == 1
    own = [record["cpu_total_time"] - used for record, used in zip(records, used_by_function) if "cpu_total_time" in record]
    if own:
        assert statistics.median(own) == pytest.approx(0, abs=8), own
    others = [record["extensions_cpu_time"] for record in records]
    assert statistics.median(others) == pytest.approx(extensions * second_extension.CPU_MS, abs=10 * extensions), others


def test_what_it_uses_is_on_fields_of_its_own(play):
    run = play([{"invoke": WORK, "count": 4}], others=OTHERS)
    assert run.status == 0, run.log + run.warnings
    assert [each["request_id"] for each in run.records] == run.request_ids
    check_whose(run.records, [json.loads(each["response"])["cpuMs"] for each in run.invocations])


def test_without_it_its_fields_are_absent(play):
    (record,) = play([{"invoke": {"sleepMs": 100}}]).records
    assert not {"extensions_cpu_time", "extensions_memory_max"} & set(record)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", SCRIPTS)
def test_a_script_that(extension, check_lines, tmp_path, kind, name):
    """A program elsewhere still counts as an extension, and the function as the function, whatever its arguments."""
    run = play_in_sandbox(extension, MISLEADING_RUNTIME, [{"invoke": WORK, "count": 4}], cwd=FUNCTIONS / "demo",
                          others=[script(tmp_path, name, kind)], through=own_processes())
    assert run.status == 0, run.log + run.warnings
    check_lines(run.lines)
    check_whose(run.records, [json.loads(each["response"])["cpuMs"] for each in run.invocations])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", SCRIPTS)
def test_under_rie_a_script_that(rie, extension, check_lines, tmp_path, kind, name):
    with Rie(rie, extension, MISLEADING_RUNTIME, cwd=FUNCTIONS / "demo",
             others=[script(tmp_path, name, kind)]) as lambda_:
        used = [lambda_.invoke(WORK).json()["cpuMs"] for _ in range(4)]
        assert lambda_.terminate() == 0
        records = [json.loads(line) for line in check_lines(lambda_.emf_lines())]
        reported = [float(each) for each in re.findall(r"\tDuration: ([\d.]+) ms", lambda_.output)]
    check_whose(records, used)
    # RIE counts part of the init in its first figure, and its SHUTDOWN may come before the last end was seen.
    right_or_absent("duration", records[1], reported[1], at_most=25)


def test_after_a_reset_they_are_told_from_the_new_runtime(extension, check_lines, tmp_path):
    others = [script(tmp_path, name, kind) for name, kind in
              zip(["a-first", "m-second", "z-last"], ["calls exec", "leaves a daemon behind", "starts a daemon by exec"])]
    run = play_in_sandbox(extension, PYTHON_RUNTIME, [{"invoke": WORK}, {"invoke": {"exit": 7}}, {"invoke": WORK, "count": 3}],
                          cwd=FUNCTIONS / "demo", others=others, through=own_processes())
    assert run.status == 0, run.log + run.warnings
    check_lines(run.lines)
    records, invocations = ([each[0], *each[2:]] for each in (run.records, run.invocations))
    check_whose(records, [json.loads(each["response"])["cpuMs"] for each in invocations], extensions=3)


@pytest.mark.socket_diagnostics
@pytest.mark.parametrize("work", [{"sleepMs": 300}, {"cpuMs": 300}], ids=["sleeps", "computes"])
def test_its_connection_is_not_taken_for_the_runtimes(play, tmp_path, work):
    """Without telemetry the end of an invocation is seen on the runtime's connection."""
    run = play([{"invoke": work}, {"invoke": {"sleepMs": 50}}], others=[*OTHERS, script(tmp_path, "wrapped", "calls exec")],
               options=["--telemetry", "off"])
    assert run.status == 0, run.log + run.warnings
    assert [each["request_id"] for each in run.records] == run.request_ids
    assert run.records[0]["duration"] >= 290
