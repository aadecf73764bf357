"""The kernel's out-of-memory killer, for real: in a memory cgroup with a limit, whatever the platform reports about the kill."""
import sys

import pytest

import sandbox
from memory_group import memory_group

LIMIT_MB = 160  # of everything in the sandbox
FUNCTION = '''
import http.client, json, os, time
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
PREFIX = "/2018-06-01/runtime/invocation/"

def call(method, path, body=None):
    api.request(method, PREFIX + path, body)
    answer = api.getresponse()
    return answer, answer.read()

def fill():
    blocks = []
    while True:
        blocks.append(b"x" * (1 << 20))

while True:
    head, body = call("GET", "next")
    event = json.loads(body)
    if event == "exceed":
        fill()
    if event in ("child, then hang", "child, then go on"):
        child = os.fork() or fill()
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == 9
    if event in ("child, then hang", "hang"):
        time.sleep(60)
    if event == "exit":
        os._exit(3)
    time.sleep(0.03)
    call("POST", head.headers["Lambda-Runtime-Aws-Request-Id"] + "/response", "{}")
'''
WELL = {"invoke": "well"}
KILLS = {
    "the runtime is killed": ({"invoke": "exceed"}, {"status": "failure", "shutdown_reason": "failure"}),
    "a child is killed and the function times out": (
        {"invoke": "child, then hang"}, {"status": "timeout", "timeout": True, "shutdown_reason": "timeout"}),
    "a child is killed and the function goes on": ({"invoke": "child, then go on"}, {"status": "success"}),
}


@pytest.fixture
def limited(extension, check_lines, tmp_path):
    function = tmp_path / "function.py"
    function.write_text(FUNCTION)

    def run(steps, *options, env=None):
        with memory_group(LIMIT_MB) as enter:
            result = sandbox.play(extension, [sys.executable, "-S", function], steps, through=enter, env=env,
                                  options=["--timeout", "3", "--memory", "1769", *options])
        assert result.status == 0, result.log + result.warnings
        check_lines(result.lines)
        return result.records

    return run


OPTIONS = {"": [], "reported after the reset": ["--report-after-reset"], "no telemetry": ["--telemetry", "off"]}


# Without telemetry nobody reports that an invocation went well.
@pytest.mark.parametrize(("how", "options"), [
    pytest.param(how, options, id=f"{how}-{name}") for how, (_, expected) in KILLS.items() for name, options in OPTIONS.items()
    if not (name == "no telemetry" and expected["status"] == "success")])
def test_a_kill_by_the_kernel_is_on_its_line(limited, how, options):
    step, expected = KILLS[how]
    before, killed, after = limited([WELL, step, WELL], *options)
    assert killed.get("out_of_memory") is True, killed
    assert {key: killed.get(key) for key in expected} == expected
    assert not any("out_of_memory" in each for each in (before, after))


@pytest.mark.parametrize("env", [{}, {"LAMBDA_VITALS_SAMPLE_INTERVAL_MS": "10000"}], ids=["sampled", "seen by no sample"])
def test_what_ends_badly_without_a_kill_is_not_out_of_memory(limited, env):
    """Also after a kill that an earlier invocation survived, whether or not a sample saw the child."""
    records = limited([WELL, {"invoke": "child, then go on"}, WELL, {"invoke": "exit"}, WELL, {"invoke": "hang"}], env=env)
    assert ["out_of_memory" in each for each in records] == [False, True, False, False, False, False]
