"""scripts/local: a user's own function under the RIE: records, errors that help, and nothing left behind."""
import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import pytest

import local_failures
from namespaces import refusal
from rie import INVOCATIONS, free_ports

ROOT = pathlib.Path(__file__).resolve().parents[2]
IN_TMP = ROOT.is_relative_to("/tmp")
FUNCTIONS = ROOT / "test" / "functions"
PYTHON_FUNCTION = ["--directory", str(FUNCTIONS / "demo"), "--", sys.executable, "-m", "awslambdaric", "app.handler"]
SECONDS = 60
NOBODY = 65534
AS_NOBODY = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
EMF_OF_ITS_OWN = '{"_aws":{"Timestamp":1,"CloudWatchMetrics":[]},"mine":1}'


@pytest.fixture
def environment(rie, extension):
    """In which scripts/local builds nothing and finds the tests' RIE."""
    return {**os.environ, "VITALS_BINARY": str(extension), "PATH": f"{os.path.dirname(rie)}:{os.environ['PATH']}"}


@pytest.fixture
def local(environment):
    def run(*arguments, event=None, env=None):
        given = None if event is None else json.dumps(event)
        return subprocess.run([ROOT / "scripts" / "local", *arguments], env={**environment, **(env or {})}, input=given,
                              capture_output=True, text=True, timeout=SECONDS)

    return run


def test_the_lines_are_apart_from_what_the_function_prints(local, check_lines):
    done = local("--raw", "--invoke", "-", "-n", "3", *PYTHON_FUNCTION, event={"log": f"hello\n{EMF_OF_ITS_OWN}\nhalf a "})
    assert done.returncode == 0, done.stderr
    records = list(map(json.loads, check_lines(done.stdout.splitlines())))
    assert [each["invocation"] for each in records] == [1, 2, 3] and all("duration" in each for each in records)
    assert done.stderr.splitlines().count("hello") == 3 and EMF_OF_ITS_OWN in done.stderr
    assert all(each["request_id"] in done.stderr for each in records)


def test_the_records_are_a_table(local):
    done = local("--invoke", "-", "-n", "2", *PYTHON_FUNCTION, event={"cpuMs": 30})
    heading, _, _, *rows = done.stdout.splitlines()
    assert heading.split()[:3] == ["#", "request", "cold"] and [row.split()[0] for row in rows] == ["1", "2"]


@pytest.mark.shipped("ThreadSanitizer keeps a file of 512 kB in /tmp")
def test_the_function_is_as_large_as_was_said_and_has_the_settings_of_the_caller(local):
    done = local("--raw", "--memory", "512", "--tmp", "64", "--name", "checkout", "--invoke", "-", *PYTHON_FUNCTION,
                 event={"tmpMb": 8}, env={"LAMBDA_VITALS_NAMESPACE": "Mine", "LAMBDA_VITALS_FIELDS": "stage=it's a test"})
    record = json.loads(done.stdout)
    assert (record["total_memory"], record["function_name"], record["stage"]) == (512, "checkout", "it's a test")
    assert record["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Mine"
    assert record["tmp_max"] == 64 << 20 and record["tmp_used"] == pytest.approx(8 << 20, abs=1 << 16)


@pytest.mark.parametrize("event, said, status", [
    ({"fail": "on purpose"}, "==> 1. FAILED RuntimeError: on purpose", "error"),
    ({"exit": 3}, "==> 1. FAILED HTTP 502: Runtime.ExitError: .*exit status 3", "failure"),
    ({"hang": True}, "==> 1. FAILED Task timed out after 1.00 seconds$", "timeout"),
    ({}, "==> 1. {", "success"),
])
def test_how_an_invocation_ended_is_said_and_in_the_table(local, event, said, status):
    done = local("--timeout", "1" if status == "timeout" else "10", "--invoke", "-", *PYTHON_FUNCTION, event=event)
    assert done.returncode == (0 if status == "success" else 1)
    assert re.search(said, done.stderr, re.MULTILINE) and "invocations: 1, records: 1" in done.stderr
    assert done.stdout.splitlines()[3].split()[3] == status


@pytest.fixture
def project(tmp_path):
    """A folder in /tmp, or wherever pytest has it, with the start of a function in each state."""
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return 1\n")
    (tmp_path / "server.py").write_text("import time\ntime.sleep(60)\n")
    (tmp_path / "chatty.py").write_text("print('listening on 8080', flush=True)\nimport time\ntime.sleep(60)\n")
    (tmp_path / "stuck.py").write_text("import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\n"
                                       "import in_a_layer\ndef handler(event, context):\n    return in_a_layer.VALUE\n")
    (tmp_path / "layer" / "python").mkdir(parents=True)
    (tmp_path / "layer" / "python" / "in_a_layer.py").write_text("VALUE = 'from the layer'\n")
    return tmp_path


RIC = ["-m", "awslambdaric"]
NO_CLIENT = r"for Python: python3 -m awslambdaric {}\.handler$"


@pytest.mark.parametrize("command, said", [
    (["app.py"], r"HTTP 502: the function ended before it asked for an event \(it wrote nothing\): .*" + NO_CLIENT.format("app")),
    (["server.py"], r"Task timed out after 2.00 seconds, before it asked .*wrote nothing.*" + NO_CLIENT.format("server")),
    (["chatty.py"], r"Task timed out after 2.00 seconds, before it asked .*is above.*" + NO_CLIENT.format("chatty")),
    ([*RIC, "stuck.handler"], r"Task timed out after 2.00 seconds, and its start had failed: Runtime.ImportModuleError: .*in_a_layer"),
    (["-m", "no_such_module"], "HTTP 502: the function ended before it asked for an event .what it wrote is above.: ")])
def test_a_function_that_does_not_start_is_explained(local, project, command, said):
    done = local("--timeout", "2", "--directory", project, "--invoke", "-", "--", sys.executable, *command, event={})
    assert done.returncode == 1 and not done.stdout
    assert re.search(f"^==> 1. FAILED {said}", done.stderr, re.MULTILINE), done.stderr


@pytest.mark.parametrize("command, said", [
    (["node", "index.js"], "npx aws-lambda-ric index.handler"), (["python3.13", "-u", "app.py"], "python3 -m awslambdaric app.handler"),
    (["/usr/bin/ruby3.2", "function.rb"], "aws_lambda_ric function.handler"), (["java", "-jar", "a.jar"], "runtime.api.client.AWSLambda"),
    (["dotnet", "a.dll"], "LambdaBootstrapBuilder"), (["php", "index.php"], "Bref"), (["bash", "x.sh"], "/runtime/invocation/next"),
    (["./bootstrap"], "aws-lambda-go")])
def test_the_hint_is_for_the_language_of_the_command(command, said):
    assert said in local_failures.hint(command)


def test_a_project_in_tmp_has_a_tmp_of_its_own_and_its_layers(local, project):
    """The project is in the same place, and the rest of /tmp is empty and has the requested size."""
    assert project.is_relative_to("/tmp")
    (project / "look.py").write_text("import os, in_a_layer\ndef handler(event, context):\n"
                                     "    return [in_a_layer.VALUE, sorted(os.listdir('/tmp')), os.getcwd()]\n")
    done = local("--raw", "--tmp", "64", "--directory", project, "--layer", project / "layer", "--invoke", "-", "--",
                 sys.executable, *RIC, "look.handler", event={})
    value, inside, here = json.loads(re.search(r"^==> 1. (.*)$", done.stderr, re.MULTILINE)[1])
    assert (value, here) == ("from the layer", str(project))
    assert set(inside) == {project.relative_to("/tmp").parts[0]} | ({ROOT.relative_to("/tmp").parts[0]} if IN_TMP else set())
    record = json.loads(done.stdout)
    assert record["tmp_max"] == 64 << 20 and record["tmp_used"] < 1 << 16


@pytest.mark.parametrize("arguments, status, said", [
    (["--no-such-option"], 2, "unknown option --no-such-option"),
    (["--memory", "64", "true"], 2, "--memory is a number from 128 to 10240"),
    (["--timeout", "1.5", "true"], 2, "--timeout is a number from 1 to 900"),
    (["--timeout"], 2, "--timeout needs a value"),
    (["--layer", "/no/such", "true"], 2, "no directory /no/such for --layer"),
    (["-n", "2", "true"], 2, "-n goes with --invoke"),
    (["--directory", "/no/such", "true"], 2, "no directory /no/such"),
    (["--invoke", "/no/such/file", "true"], 2, "no file /no/such/file"),
    (["--memory", "512"], 2, "no command that starts the function"),
    (["no-such-command"], 1, "no command no-such-command on PATH"),
    (["--directory", "/", "./no-such-bootstrap"], 1, "no command ./no-such-bootstrap in /"),
])
def test_what_cannot_be_done_is_said_in_one_line(local, arguments, status, said):
    done = local(*arguments)
    assert (done.returncode, done.stdout) == (status, "") and said in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_payload_that_is_not_json_is_refused(local, tmp_path):
    (tmp_path / "event.json").write_text("{'single': 'quotes'}")
    done = local("--invoke", tmp_path / "event.json", *PYTHON_FUNCTION)
    assert done.returncode == 1 and "is not JSON" in done.stderr


def test_a_taken_port_is_refused(local):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = local("--port", str(taken.getsockname()[1]), *PYTHON_FUNCTION)
    assert done.returncode == 1 and "choose another with --port" in done.stderr


def test_a_python_without_the_runtime_client_gets_ours(local, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True, timeout=SECONDS)
    python = tmp_path / "bare" / "bin" / "python3"
    done = local("--invoke", "-", *PYTHON_FUNCTION[:3], python, *PYTHON_FUNCTION[4:], event={})
    assert done.returncode == 0 and "has no awslambdaric" in done.stderr


def descendants(pid):
    with contextlib.suppress(OSError):
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from (child, *descendants(child))


def alive(pids):
    """Without zombies: process 1 of a container may not wait for its children."""
    def state(pid):
        with contextlib.suppress(OSError):
            return re.search(r"^State:\s*(\w)", pathlib.Path("/proc", pid, "status").read_text(), re.MULTILINE)[1]

    return [pid for pid in pids if state(pid) not in (None, "Z", "X")]


SPILL_MB = 5  # which no other test leaves in /tmp


def places():
    """What a run could leave behind; others use /tmp, too, so there it is one file of a size that nobody else writes."""
    spilled = pathlib.Path("/tmp/lambda-vitals-demo")
    folders = filter(os.path.isdir, ("/opt", FUNCTIONS / "demo", ROOT / "scripts" / "lib"))
    assert not (spilled.exists() and spilled.stat().st_size == SPILL_MB << 20)
    return [sorted(os.listdir(each)) for each in folders]


@pytest.fixture
def waiting(environment, tmp_path):
    """A scripts/local that waits for curl in the foreground of a session of its own, and its port."""
    port = free_ports(1)[0]
    (tmp_path / "tmp").mkdir()
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen([ROOT / "scripts" / "local", "--port", str(port), *PYTHON_FUNCTION],
                                   env={**environment, "TMPDIR": str(tmp_path / "tmp")}, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=said, text=True, start_new_session=True)
    try:
        end = time.monotonic() + SECONDS
        while "Ctrl-C ends it" not in (tmp_path / "said").read_text() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        yield process, f"http://127.0.0.1:{port}{INVOCATIONS}", tmp_path / "said"
    finally:
        process.kill()
        process.communicate()


def invoke(url, event):
    with urllib.request.urlopen(url, json.dumps(event).encode(), timeout=SECONDS) as reply:
        return json.load(reply)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_waits_for_curl_until_ctrl_c_and_leaves_nothing_behind(waiting, ending):
    process, url, said = waiting
    before = places()
    assert [invoke(url, {"tmpMb": SPILL_MB})["pid"] for _ in range(2)]
    family = list(descendants(process.pid))
    assert len(family) >= 4  # unshare, RIE, function, extension
    process.send_signal(ending)
    table, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0 and len(table.splitlines()) == 3 + 2
    assert re.search(r"^==> request \w{8}, cold, .*CPU [\d.]+ ms", said.read_text(), re.MULTILINE)
    assert not alive(family) and places() == before and not os.listdir(said.with_name("tmp"))


def test_nothing_outlives_it_when_it_is_killed(waiting):
    process, url, _ = waiting
    invoke(url, {})
    family = list(descendants(process.pid))
    process.kill()
    end = time.monotonic() + 5
    while alive(family) and time.monotonic() < end:
        time.sleep(0.05)
    assert len(family) >= 4 and not alive(family)


def test_it_says_why_the_rie_ended(waiting):
    process, url, said = waiting
    with concurrent.futures.ThreadPoolExecutor() as pool:
        calls = [pool.submit(invoke, url, {"sleepMs": 2000}) for _ in range(2)]
    assert all(isinstance(call.exception(), (OSError, http.client.HTTPException)) for call in calls)
    assert process.wait(SECONDS) == 1 and "invoked twice at the same time" in said.read_text()


def test_ctrl_c_between_invocations_shows_what_there_is(environment, tmp_path):
    (tmp_path / "event.json").write_text('{"sleepMs": 50}')
    process = subprocess.Popen([ROOT / "scripts" / "local", "--invoke", tmp_path / "event.json", "-n", "9999",
                                *PYTHON_FUNCTION], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert any("==> 2." in line for line in iter(process.stderr.readline, ""))
        process.send_signal(signal.SIGINT)
        table, said = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
    invocations, records = re.search(r"invocations: (\d+), records: (\d+)", said).groups()
    assert process.returncode == 130 and int(invocations) - int(records) in (0, 1) and len(table.splitlines()) == 3 + int(records)


@pytest.fixture
def for_everyone(rie, extension):
    """What scripts/local runs, where another user can read it, with the function in a shell."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as place:
        place = pathlib.Path(place)
        place.chmod(0o755)
        for file in ("scripts/lib/local.py", "scripts/lib/live.py", "scripts/lib/local_failures.py", "scripts/lib/runtime_client.py",
                     "scripts/lib/table.py", "scripts/lib/namespaces.py", "scripts/lib/rie.py", "test/functions/shell/bootstrap"):
            (place / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, place / file)
        shutil.copy(rie, place / "aws-lambda-rie")
        shutil.copy(extension, place / "lambda-vitals")
        (place / "event.json").write_text("{}")
        (place / "lambda-vitals").chmod(0o755)
        yield ["/usr/bin/python3", "-B", str(place / "scripts/lib/local.py"), "--rie", str(place / "aws-lambda-rie"),
               "--extension", str(place / "lambda-vitals"), "--directory", str(place / "test/functions/shell"), "--raw",
               "--invoke", str(place / "event.json"), "-n", "2", "./bootstrap"]


as_root = pytest.mark.skipif(os.getuid() != 0, reason="becomes another user, which root alone can")


def at_once(directory, event, *options):
    return ["--raw", "--concurrency", "4", *options, "--directory", str(directory), "--invoke", "-", "-n", "8", "./bootstrap"], event


@as_root
def test_invocations_run_at_once_as_on_managed_instances(local, check_lines):
    """The function has a /tmp and a /var of its own all the same, and the rest of the machine's /var."""
    arguments, event = at_once(FUNCTIONS / "concurrent", {"sleepMs": 300}, "--tmp", "64", "--memory", "2048")
    done = local(*arguments, event=event)
    assert done.returncode == 0 and "invocations: 8, records: 8" in done.stderr, done.stderr
    *invocations, environment = map(json.loads, check_lines(done.stdout.splitlines()))
    assert sorted(each["concurrency"] for each in invocations)[-1] == environment["concurrency_max"] == 4
    assert {each["initialization_type"] for each in invocations} == {"lambda-managed-instances"}
    assert (environment["invocations"], environment["total_memory"], environment["tmp_max"]) == (8, 2048, 64 << 20)


@as_root
def test_what_fails_at_once_is_said(local, tmp_path):
    arguments, event = at_once(FUNCTIONS / "concurrent", {"fail": "Function.Wrong"})
    done = local(*arguments, event=event)
    assert done.returncode == 1 and done.stderr.count("FAILED Function.Wrong: on purpose") == 8, done.stderr
    shutil.copy(FUNCTIONS / "concurrent" / "bootstrap", tmp_path)
    tmp_path.chmod(0o700)
    done = local(*at_once(tmp_path, {})[0], event={})
    assert done.returncode == 1 and f"may not enter {tmp_path}: chmod o+x {tmp_path}" in done.stderr, done.stderr
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        os.chmod(place, 0o755)
        pathlib.Path(place, "bootstrap").write_text("#!/bin/sh\nexit 3\n")
        pathlib.Path(place, "bootstrap").chmod(0o755)
        done = local(*at_once(place, {})[0], event={})
    assert done.returncode == 1 and "FAILED Runtime.ExitError: the function ended" in done.stderr, done.stderr


@as_root
def test_it_needs_no_root(for_everyone, check_lines):
    done = subprocess.run([*AS_NOBODY, *for_everyone], capture_output=True, text=True, timeout=SECONDS, cwd="/")
    if "may not make the mount namespace" in done.stderr:
        pytest.skip(f"users have no namespaces here: {done.stderr}")
    assert done.returncode == 0, done.stderr
    assert len(check_lines(done.stdout.splitlines())) == 2


@as_root
def test_where_users_have_no_namespaces_it_says_what_to_do(for_everyone):
    """A user namespace that allows no nested one stands for a machine that forbids them."""
    mapped = ["unshare", "--user", "--", "sh", "-c", 'read -r _; exec "$@"', "sh"]  # root of it from the second exec on
    forbidding = ["sh", "-c", 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"', "sh"]
    process = subprocess.Popen([*mapped, *forbidding, *AS_NOBODY, *for_everyone], cwd="/", text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    end = time.monotonic() + SECONDS
    outside = os.readlink("/proc/self/ns/user")
    while os.readlink(f"/proc/{process.pid}/ns/user") == outside and time.monotonic() < end:
        time.sleep(0.01)
    for ids in ("uid_map", "gid_map"):
        pathlib.Path(f"/proc/{process.pid}/{ids}").write_text("0 0 65536")
    _, said = process.communicate("\n", timeout=SECONDS)
    assert process.returncode == 1 and len(said.splitlines()) == 1, said
    assert "user namespaces are disabled here" in said and "sudo sysctl user.max_user_namespaces=" in said


def test_ubuntus_restriction_is_known(tmp_path):
    (tmp_path / "kernel").mkdir()
    (tmp_path / "kernel" / "apparmor_restrict_unprivileged_userns").write_text("1\n")
    assert "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0" in refusal(1000, tmp_path)
    assert "--privileged" in refusal(0, tmp_path)
