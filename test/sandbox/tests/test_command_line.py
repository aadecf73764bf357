"""The tool's options, and its messages when it cannot do what they ask for."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lambda_sandbox import cli, script
from lambda_sandbox.errors import UsageError
from lambda_sandbox.options import Options
from lambda_sandbox.run import TOOL, command


def tool(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, str(TOOL), *arguments], capture_output=True, text=True, timeout=30,
                          cwd=cwd)


def test_help_names_every_option_and_exit_status():
    text = tool("--help").stdout  # 80 columns wide, because it is not a terminal
    for word in ("--extensions", "--script", "--listen", "--fault", "--report", "exit status:", "examples:"):
        assert word in text
    assert max(map(len, text.splitlines())) <= 80


def test_every_option_has_its_place():
    known = set(Options.__dataclass_fields__)
    options = {action.dest for action in cli.parser()._actions} - {"help"}
    assert options | {"runtime"} == known


@pytest.mark.parametrize("arguments, words", [
    (["--fault", "telemetry:nonsense", "--", "true"], "no telemetry fault 'nonsense'"),
    (["--script", "/no/such/file", "--", "true"], "--script /no/such/file: No such file"),
    (["--payload", "@/no/such/file", "--", "true"], "--payload @/no/such/file: No such file"),
    (["--extensions", "/no/such/folder", "--", "true"], "--extensions /no/such/folder: No such file"),
    (["--report", "/no/such/folder/file", "--", "true"], "--report /no/such/folder/file: No such file"),
    (["--extension-stdout", "/no/such/folder/file", "--", "true"], "--extension-stdout /no/such/folder/file"),
    (["--memory", "0", "--", "true"], "--memory"),
    (["--cpu-quota", "--memory", "127", "--", "true"], "at least 128"),
    (["--timeout", "0", "--", "true"], "above 0"),
    (["--env", "X", "--", "true"], "'X' is not NAME=VALUE"),
    (["--initialization-type", "warm", "--", "true"], "on-demand"),
    (["--restore", "--", "true"], "snap-start"),
    (["--connections", "closed", "--", "true"], "--restore"),
    (["--restore-by", "magic", "--", "true"], "stop, criu"),
    (["--clocks", "1,2", "--", "true"], "--restore"),
    (["--initialization-type", "snap-start", "--restore", "--clocks", "soon", "--", "true"], "two numbers of seconds"),
    (["--concurrency", "4", "--", "true"], "--managed"),
    (["--managed", "--concurrency", "1601", "--", "true"], "1 to 1600"),
    (["-n", "1", "--listen", "0", "--", "true"], "only one of"),
    (["--task-root", "/tmp"], "there is no runtime: give its command after --"),
    (["--no-such-option"], "--no-such-option"),
    (["stray", "--", "true"], "stray"),
])
def test_what_cannot_be_understood(arguments, words):
    done = tool(*arguments)
    assert done.returncode == 2 and words in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("line, words", [
    ("{", "not JSON"), ("3", "a step is a JSON object"), ("{}", "a step has one of"), ('{"jump": 1}', "'jump'"),
    ('{"sleep_ms": "long"}', "sleep_ms cannot be 'long'"), ('{"invoke": {}, "jump": 1}', "'jump'"),
    ('{"sleep_ms": 1, "wait": true}', "a step has one of"), ('{"fault": "x"}', "fault 'x'"),
    ('{"signal": {"process": "runtime"}}', '"process" and "signal"'),
    ('{"signal": {"process": "runtime", "signal": "NO"}}', "no signal 'NO'"),
])
def test_a_script_that_cannot_be_understood(tmp_path, line, words):
    path = tmp_path / "steps"
    path.write_text('{"invoke": {}}\n\n# a comment\n' + line + "\n")
    with pytest.raises(UsageError, match=re.escape(words)) as error:
        script.load(str(path))
    assert f"{path}:4: " in str(error.value)


def test_bootstrap_is_the_runtime_of_a_task_root(world):
    root = world.folder / "task"
    root.mkdir()
    (root / "bootstrap").symlink_to(Path(__file__).parent / "fakes" / "runtime.py")
    world.runtime = None
    seen = world.run("--task-root", root, "--handler", "my.handler")
    assert seen.exit_code == 0 and seen.by("runtime", "cwd") == [str(root)]


def test_output_can_be_diverted(world):
    files = {name: world.folder / name for name in ("extension-stdout", "runtime-stdout")}
    seen = world.add_extension().run(*(part for name, path in files.items() for part in (f"--{name}", path)))
    assert seen.reported == []
    assert '"from": "fake"' in files["extension-stdout"].read_text()
    assert '"from": "runtime"' in files["runtime-stdout"].read_text()
    assert world.run("--extension-stdout", "null", "--runtime-stdout", "null").reported == []


def test_the_report_can_be_limited_and_go_to_stdout(world):
    seen = world.add_extension().run("--report-only", "invocation,summary")
    assert [line["type"] for line in seen.result.report] == ["invocation", "summary"]
    done = tool("--report", "-", "--report-only", "summary", "--quiet", "--runtime-stdout", "null", "--",
                *world.runtime)
    assert json.loads(done.stdout)["statuses"] == {"success": 1} and done.stderr == ""


def test_api_port_that_is_taken(world):
    import socket
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = tool("--api-port", str(server.getsockname()[1]), "--", "true")
    assert done.returncode == 2 and "Address already in use; 0 takes a free one" in done.stderr


def test_signals_and_invocations_in_the_background(world):
    seen = world.add_extension().run(script=[
        {"invoke": {}}, {"invoke": {"sleep": 30}, "background": True}, {"sleep_ms": 200},
        {"signal": {"process": "runtime", "signal": "KILL"}}, {"wait": True}, {"invoke": {}}])
    assert [line["status"] for line in seen.invocations] == ["success", "failure", "success"]
    assert seen.invocations[1]["durationMs"] >= 190
    assert seen.of_type("signal")[0]["signal"] == "SIGKILL"


def test_a_reset_and_an_end_on_request(world):
    seen = world.add_extension().run(script=[
        {"invoke": {"n": 1}, "count": 2, "qualifier": "beta"}, {"reset": "failure"}, {"invoke": {}},
        {"shutdown": "spindown"}, {"invoke": {}}])
    assert [(line["kind"], line["reason"]) for line in seen.of_type("shutdown")] == [
        ("reset", "failure"), ("end", "spindown"), ("end", "spindown")]
    assert [line["phase"] for line in seen.of_type("init")] == ["init", "invoke", "init"]
    assert [line["arn"].rpartition(":")[2] for line in seen.invocations] == ["beta", "beta", "function", "function"]


# --- interrupted -------------------------------------------------------------------------------------------------


def start(world, *options: str) -> tuple[subprocess.Popen, Path]:
    report = world.folder / "report"
    process = subprocess.Popen(
        command(world.extensions, world.runtime, [*world._environment(world.plan, None), *options], report),
        stdout=open(world.folder / "out", "w"), stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 10
    while '"type":"init"' not in (report.read_text() if report.exists() else "") and time.monotonic() < end:
        time.sleep(0.01)
    return process, report


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_a_run_properly(world, number):
    world.add_extension().plan = {}
    process, report = start(world, "--payload", '{"sleep": 30}', "--timeout", "60")
    process.send_signal(number)
    assert process.wait(10) == 130
    lines = [json.loads(line) for line in report.read_text().splitlines()]
    assert [line["reason"] for line in lines if line["type"] == "shutdown"] == ["spindown"]
    assert lines[-1]["type"] == "summary"
    assert '"SHUTDOWN"' in (world.folder / "out").read_text()


def test_a_second_interrupt_kills_at_once(world):
    world.add_extension().plan = {"shutdown_s": 30}
    process, _ = start(world, "--payload", '{"sleep": 30}', "--timeout", "60", "--shutdown-timeout", "20")
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130 and time.monotonic() - began < 2


def test_an_interrupt_while_everything_is_frozen(world):
    world.add_extension().plan = {}
    process, report = start(world, "-n", "2", "--freeze-ms", "30000")
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    assert '"killed":false' in report.read_text()


def test_processes_do_not_outlive_a_killed_sandbox(world):
    world.add_extension().plan = {}
    process, _ = start(world, "--payload", '{"sleep": 30}', "--timeout", "60")
    process.kill()
    process.wait()
    time.sleep(0.1)  # what is left then is nobody_left_behind's to find


# --- listening ---------------------------------------------------------------------------------------------------


def test_invocations_over_http(world):
    with world.add_extension().listening("--timeout", "0.4") as sandbox:
        assert sandbox.invoke({"a": 1}) == {"a": 1}
        assert sandbox.invoke({"exit": 1})["errorType"] == "Runtime.ExitError"
        assert "Task timed out after 0.40 seconds" in sandbox.invoke({"sleep": 9})["errorMessage"]
        assert sandbox.invoke({"b": 2}, headers={"X-Amzn-Trace-Id": "Root=1-a-b"}) == {"b": 2}
    result = sandbox.result
    assert result.exit_code == 0
    assert [line["status"] for line in result.invocations] == ["success", "failure", "timeout", "success"]
    assert result.invocations[-1]["traceId"] == "Root=1-a-b"
    assert result.of_type("shutdown")[-1]["kind"] == "end"


def test_a_listening_sandbox_is_frozen_when_idle(world):
    with world.add_extension().listening() as sandbox:
        sandbox.invoke({})
        time.sleep(0.1)
        kinds = [line["type"] for line in sandbox.report() if line["type"] in ("freeze", "thaw")]
    assert kinds == ["freeze", "thaw", "freeze"]


def test_callers_at_the_same_time_wait_for_each_other(world):
    from concurrent.futures import ThreadPoolExecutor
    with world.add_extension().listening() as sandbox, ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda n: sandbox.invoke({"n": n, "sleep": 0.02}), range(5)))
    assert [answer["n"] for answer in answers] == list(range(5))
    assert sandbox.result.summary["statuses"] == {"success": 5}


def test_other_paths_are_not_found(world):
    import urllib.error
    import urllib.request
    with world.listening() as sandbox:
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(sandbox.url.replace("invocations", "x"), b"{}")
