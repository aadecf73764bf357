"""Extensions and runtimes that die, stop and hang up at any moment: the sandbox comes to a proper end all the same, and its
exit status and its messages say what happened.

VITALS_ODD_DEATHS says how many lives to try (8); each has its own random numbers.
"""
import asyncio
import gc
import os
import random
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest
from lambda_sandbox.host import Host
from lambda_sandbox.http_client import Poster
from lambda_sandbox.run import TOOL, command

LIVES = int(os.environ.get("VITALS_ODD_DEATHS", "8"))
SIGNALS = [signal.SIGKILL, signal.SIGKILL, signal.SIGSTOP, signal.SIGSEGV, signal.SIGABRT, signal.SIGTERM, signal.SIGCONT]
FAULTS = ["api:next=reset@0.2", "api:runtime-next=close@0.2", "api:response=reset-header@0.2", "api:register=delay:50",
          "telemetry:double=0.5", "telemetry:delay=60", "api:telemetry=close@0.5", "api:response=drip@0.3"]
PLANS = [{}, {"sync": True}, {"deaf": True}, {"hang_up_s": 0.02}, {"statuses": [500, 503, 200, 500]}, {"retries": 20}]
PROBLEMS = {3, 4, 5, 6}  # exit statuses that an extension can cause


class Killer(threading.Thread):
    """Sends signals to the processes of a sandbox, but not to the sandbox itself."""

    def __init__(self, folder, chance):
        super().__init__()
        self._folder, self._chance = bytes(folder), chance
        self._over = threading.Event()

    def run(self):
        for _ in range(self._chance.randint(1, 5)):
            if self._over.wait(self._chance.uniform(0, 0.6)):
                return
            targets = [pid for pid in os.listdir("/proc") if pid.isdecimal() and self._is_ours(pid)]
            if targets:
                try:
                    os.kill(int(self._chance.choice(targets)), self._chance.choice(SIGNALS))
                except ProcessLookupError:
                    pass

    def _is_ours(self, pid):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                command = file.read()
        except OSError:
            return False
        return self._folder in command and b"lambda-sandbox" not in command

    def end(self):
        self._over.set()
        self.join()


@pytest.mark.parametrize("seed", range(LIVES))
def test_whatever_dies_the_sandbox_says_what_happened(world, seed):
    chance = random.Random(seed)
    steps = []
    for _ in range(4):
        steps.append({"invoke": {"sleep": chance.choice([0, 0.03, 0.1])}, "background": True})
        steps += [{"sleep_ms": chance.randint(0, 80)}] * chance.randint(0, 1)
        if chance.random() < 0.4:
            target, name = chance.choice(["runtime", "extension"]), chance.choice(SIGNALS).name
            steps.append({"signal": {"process": target, "signal": name}})
        steps.append({"wait": True})
        if chance.random() < 0.2:
            steps.append({"reset": "failure"})
    options = ["--timeout", 0.5, "--init-timeout", 1.5, "--shutdown-timeout", 0.4, "--seed", seed,
               "--extension-stderr", "null", "--runtime-stderr", "null"]
    for fault in chance.sample(FAULTS, chance.randint(0, 2)):
        options += ["--fault", fault]
    world.add_extension()
    if chance.random() < 0.5:
        world.add_extension("second")
    killer = Killer(world.folder, chance)
    killer.start()
    began = time.monotonic()
    try:
        seen = world.run(*options, extension=chance.choice(PLANS), script=steps)
    finally:
        killer.end()
    assert "internal error" not in seen.stderr and "Traceback" not in seen.stderr, seen.stderr
    assert seen.exit_code in PROBLEMS | {0}, seen.stderr
    problems = seen.of_type("problem")
    assert bool(problems) == (seen.exit_code != 0), seen.stderr
    assert seen.summary["exitCode"] == seen.exit_code
    assert time.monotonic() - began < 35


# What raises where nobody expects it: in a callback, in the run itself, and in a future that nobody waits for.
RAISING = {
    "a callback": "def changed(self): raise KeyError('planted')\nhost.Host.changed = changed",
    "the run": "async def freeze(self): raise KeyError('planted')\nsandbox.Sandbox.freeze = freeze",
    "a forgotten future": """
close = host.Host.close
def close_and_forget(self):
    close(self)
    asyncio.get_running_loop().create_future().set_exception(KeyError('planted'))
host.Host.close = close_and_forget""",
    "a future that is forgotten after the end": """
import atexit, lambda_sandbox.runner as runner
summarize = runner._summarize
def summarize_and_forget(*arguments):
    summarize(*arguments)
    future = asyncio.get_running_loop().create_future()
    future.set_exception(KeyError('planted'))
    future.itself = future = [future]
runner._summarize = summarize_and_forget""",
}


@pytest.mark.parametrize("where", RAISING)
def test_what_nobody_expected_is_never_success(world, where):
    world.add_extension()
    program = (f"import asyncio, sys\nsys.path.insert(0, {str(TOOL.parent)!r})\n"
               f"from lambda_sandbox import cli, host, sandbox\n{RAISING[where]}\nsys.exit(cli.main(sys.argv[1:]))")
    _, _, *arguments = command(world.extensions, world.runtime, ["-n", 1], world.folder / "report")
    run = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=40)
    assert run.returncode == 1, run.stderr
    assert "lambda-sandbox: internal error: " in run.stderr and "planted" in run.stderr


def test_telemetry_that_is_on_its_way_at_the_end_is_no_error():
    raised = []

    async def give_up():
        asyncio.get_running_loop().set_exception_handler(lambda _, context: raised.append(context))
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        poster = Poster("127.0.0.1", server.sockets[0].getsockname()[1], "/", "x")
        await poster.send(b"[]")
        poster.close()
        server.close()
        gc.collect()

    asyncio.run(give_up())
    assert raised == []


def test_a_process_of_an_earlier_life_may_exit_late():
    changes = []
    host = SimpleNamespace(runtime=None, extensions=[], closing=False, crash=None, changed=lambda: changes.append(1))
    Host._exited(host, SimpleNamespace(status=-9))
    assert host.crash is None and changes == [1]
