"""lambda-sandbox as a test fixture: a whole run given as steps, or a sandbox that is invoked step by step.

    run = play(extension, [python, "-m", "awslambdaric", "app.handler"], [{"invoke": {}}, {"invoke": {"fail": "x"}}])
    run.lines, run.request_ids

    with LiveSandbox(extension, command) as lambda_:
        lambda_.invoke({"cpuMs": 20})
        lambda_.terminate()
        lambda_.emf_lines()
"""
import http.client
import json
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass

from rie import INVOCATIONS, Reply, Started, emf_of

LAMBDA_SANDBOX = pathlib.Path(__file__).resolve().parents[2] / "test" / "sandbox" / "lambda-sandbox"
PLAY_SECONDS = 120
START_SECONDS = 15
TERMINATE_SECONDS = 10


class SandboxError(Exception):
    """lambda-sandbox failed; the text says why."""


@dataclass(frozen=True)
class Run:
    """What a sandbox leaves behind."""

    status: int
    output: str  # the extension's standard output
    warnings: str  # and its standard error
    report: list[dict]  # of lambda-sandbox
    log: str  # its diagnostics

    @property
    def lines(self) -> list[str]:
        return self.output.splitlines()

    @property
    def records(self) -> list[dict]:
        return [json.loads(line) for line in self.lines]

    def of_type(self, kind: str) -> list[dict]:
        return [each for each in self.report if each["type"] == kind]

    @property
    def invocations(self) -> list[dict]:
        return self.of_type("invocation")

    @property
    def request_ids(self) -> list[str]:
        return [each["requestId"] for each in self.invocations]


class _Place:
    """A directory with the extension in a folder, alone or beside others, and the files that a run writes."""

    def __init__(self, extension, extension_name, others=(), report=None):
        self._directory = tempfile.TemporaryDirectory(prefix="lambda-sandbox-")
        self.path = pathlib.Path(self._directory.name)
        self._report = pathlib.Path(report or self.path / "report")
        self.extensions = self.path / "extensions"
        self.extensions.mkdir()
        for source, name in [(extension, extension_name), *((each, pathlib.Path(each).stem) for each in others)]:
            shutil.copy(source, self.extensions / name)
            (self.extensions / name).chmod(0o755)

    def command(self, runtime, cwd, options, env):
        settings = [part for key, value in (env or {}).items() for part in ("--env", f"{key}={value}")]
        return ["setpriv", "--pdeathsig", "TERM", str(LAMBDA_SANDBOX), "--extensions", str(self.extensions),
                "--task-root", str(cwd), "--report", str(self._report),
                "--extension-stdout", str(self.path / "extension-stdout"),
                "--extension-stderr", str(self.path / "extension-stderr"),
                "--runtime-stdout", str(self.path / "runtime-output"),
                "--runtime-stderr", str(self.path / "runtime-output"), *settings, *options, "--", *map(str, runtime)]

    def text(self, name) -> str:
        file = self.path / name
        return file.read_text(errors="replace") if file.exists() else ""

    def report(self) -> list[dict]:
        text = self._report.read_text() if self._report.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def close(self):
        self._directory.cleanup()


def play(extension, runtime, steps, *, cwd=".", options=(), env=None, extension_name="lambda-vitals",
         others=(), seconds=PLAY_SECONDS, report=None, through=()) -> Run:
    """Plays the steps (lambda-sandbox --help) from the first init to SHUTDOWN; `others` are further extensions. `report`
    is where the sandbox's report goes, for those who read along; `through` a command that executes the sandbox's."""
    place = _Place(extension, extension_name, others, report)
    try:
        script = place.path / "steps"
        script.write_text("".join(json.dumps(step) + "\n" for step in steps))
        command = [*through, *place.command(runtime, cwd, ["--script", str(script), *options], env)]
        with (place.path / "log").open("wb") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       start_new_session=True)
            try:
                status = process.wait(seconds)
            except subprocess.TimeoutExpired:
                raise SandboxError(f"the run took more than {seconds} s:\n{place.text('log')}"
                                   f"{place.text('extension-stderr')}{place.text('runtime-output')}") from None
            finally:
                _end(process)
        return Run(status, place.text("extension-stdout"), place.text("extension-stderr"), place.report(),
                   place.text("log"))
    finally:
        place.close()


def _end(process):
    """SIGTERM makes lambda-sandbox end its processes in good order, SIGKILL is for when it does not."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(TERMINATE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class LiveSandbox(Started):
    """A lambda-sandbox that waits for invocations, with the interface of Rie."""

    def __init__(self, extension, command, *, cwd, name="demo", memory=256, timeout=10, env=None, options=(),
                 extension_name="lambda-vitals"):
        self._place = _Place(extension, extension_name)
        self._patience = timeout + 10
        self._command = self._place.command(
            command, cwd, ["--listen", "0", "--function-name", name, "--memory", str(memory),
                           "--timeout", str(timeout), "--quiet", *options], env)
        self._process = None
        self._port = None

    def start(self):
        with (self._place.path / "log").open("wb") as log:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                             start_new_session=True)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            for line in self._place.report():
                if line["type"] == "listening":
                    self._port = line["port"]
                    return self
            time.sleep(0.02)
        raise SandboxError(f"lambda-sandbox does not listen:\n{self.log}{self.warnings}")

    def invoke(self, event=None) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=self._patience)
        try:
            connection.request("POST", INVOCATIONS, json.dumps({} if event is None else event))
            response = connection.getresponse()
            return Reply(response.status, response.read().decode())
        finally:
            connection.close()

    def terminate(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(TERMINATE_SECONDS)

    def close(self):
        if self._process:
            _end(self._process)
        self._place.close()

    @property
    def log(self) -> str:
        return self._place.text("log")

    @property
    def warnings(self) -> str:
        return self._place.text("extension-stderr")

    def emf_lines(self) -> list[str]:
        return emf_of(self._place.text("extension-stdout"))

    def of_type(self, kind: str) -> list[dict]:
        return [each for each in self._place.report() if each["type"] == kind]

    def request_ids(self) -> list[str]:
        return [each["requestId"] for each in self.of_type("invocation")]
