"""cpu_steal_time, where a host takes CPUs from the sandbox's machine: this machine's own host takes what it will, so the extension
sees a /proc/stat in which the function itself counts."""
import json
import os
import sys

import pytest
import sandbox as lambda_sandbox

NAMED = {"LAMBDA_VITALS_METRICS": "+cpu_steal_time"}
# The numbers have as many digits each time, so that the file is never seen half written.
STAT = "cpu  10 20 30 40 50 60 70 {:06} 0 0\\ncpu0 10 20 30 40 50 60 70 {:06} 0 0\\n"
FUNCTION = f"""import os, time
def handler(event, context):
    time.sleep(0.1)  # so that the sample at the start is before
    descriptor = os.open(os.environ["STAT"], os.O_WRONLY)
    os.write(descriptor, "{STAT}".format(event["ticks"], event["ticks"]).encode())
    os.close(descriptor)
    time.sleep(0.05)
"""


@pytest.fixture
def stolen(extension, check_lines, tmp_path):
    """Plays invocations, each of which leaves so many ticks, and gives their lines."""
    if os.getuid() != 0:
        pytest.skip("a /proc/stat of its own takes root")

    def run(*ticks, env):
        (tmp_path / "app.py").write_text(FUNCTION)
        (tmp_path / "stat").write_text(STAT.replace("\\n", "\n").format(100, 100))
        wrapper = tmp_path / "wrapper"
        wrapper.write_text(f"#!/bin/sh\nexec unshare --mount sh -c 'mount --bind {tmp_path / 'stat'} /proc/stat && exec \"$@\"'"
                           f" sh {extension}\n")
        played = lambda_sandbox.play(wrapper, [sys.executable, "-m", "awslambdaric", "app.handler"],
                                     [{"invoke": {"ticks": each}} for each in ticks], cwd=tmp_path, options=["--no-freeze"],
                                     env={**env, "STAT": str(tmp_path / "stat")})
        return list(map(json.loads, check_lines(played.lines)))

    return run


def test_it_is_what_the_counter_grew_by(stolen):
    records = stolen(142, 142, 1142, env=NAMED)
    assert [each["cpu_steal_time"] for each in records] == [420, 0, 10000]
    (directive,) = records[0]["_aws"]["CloudWatchMetrics"]
    assert {"Name": "cpu_steal_time", "Unit": "Milliseconds"} in directive["Metrics"]


def test_it_is_absent_where_the_host_does_not_report_it_or_the_counter_went_back(stolen):
    assert not any("cpu_steal_time" in each for each in stolen(0, 0, env=NAMED))
    assert not any("cpu_steal_time" in each for each in stolen(90, env=NAMED))


@pytest.mark.parametrize("metrics", [{}, {"LAMBDA_VITALS_METRICS": "all"}], ids=["default", "all"])
def test_it_is_not_read_unless_it_is_named(stolen, metrics):
    assert not any("cpu_steal_time" in each for each in stolen(142, env=metrics))
