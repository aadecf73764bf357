"""For tests: runs the tool as a process and reads what came of it.

    result = run(extensions="path/to/folder", runtime=["./bootstrap"], options=["-n", "3"])
    assert result.exit_code == 0 and len(result.emf) == 3
    result.of_type("invocation")[0]["durationMs"]

    with listening(extensions=…, runtime=…) as sandbox:
        response = sandbox.invoke({"key": "value"})
    sandbox.result.of_type("shutdown")
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

TOOL = Path(__file__).resolve().parent.parent / "lambda-sandbox"


@dataclass
class Result:
    exit_code: int
    stdout: str  # what extensions and runtime printed, as far as it was not diverted
    stderr: str
    report: list[dict]

    @property
    def lines(self) -> list[str]:
        return self.stdout.splitlines()

    @property
    def emf(self) -> list[dict]:
        """The standard output's Embedded-Metric-Format records; a line that starts like one but is not JSON raises."""
        return [json.loads(line) for line in self.lines if line.startswith('{"_aws"')]

    def of_type(self, kind: str) -> list[dict]:
        return [line for line in self.report if line["type"] == kind]

    @property
    def invocations(self) -> list[dict]:
        return self.of_type("invocation")

    @property
    def summary(self) -> dict:
        return self.of_type("summary")[0]


def command(extensions: str | os.PathLike | None, runtime: list[str] | None, options: Sequence[object],
            report: str | os.PathLike) -> list[str]:
    folder = [] if extensions is None else ["--extensions", os.fspath(extensions)]
    after = [] if runtime is None else ["--", *map(os.fspath, runtime)]
    return [sys.executable, str(TOOL), *folder, "--report", os.fspath(report), *map(str, options), *after]


def run(extensions: str | os.PathLike | None = None, runtime: list[str] | None = None, options: Sequence[object] = (),
        env: dict[str, str] | None = None, timeout: float = 60, script: list[dict] | None = None) -> Result:
    """`env` is added to the caller's environment; `script` is a list of steps. TimeoutExpired after `timeout` s."""
    with tempfile.TemporaryDirectory(prefix="lambda-sandbox.") as folder:
        report = Path(folder, "report")
        given = list(options)
        if script is not None:
            steps = Path(folder, "script")
            steps.write_text("".join(json.dumps(step) + "\n" for step in script))
            given += ["--script", str(steps)]
        # Into files, not pipes: a process that outlives the tool would keep a pipe open, and us waiting.
        with open(Path(folder, "out"), "w+") as out, open(Path(folder, "err"), "w+") as err:
            process = subprocess.Popen(command(extensions, runtime, given, report), stdout=out, stderr=err,
                                       stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})})
            try:
                process.wait(timeout)
            except BaseException:
                process.kill()
                process.wait()
                raise
        return _read_result(process.returncode, Path(folder))


class Listening:
    def __init__(self, process: subprocess.Popen, folder: Path):
        self.process = process
        self._folder = folder
        self.result: Result | None = None  # once it has ended
        self.url = self._wait_for_url()

    def _wait_for_url(self) -> str:
        give_up = time.monotonic() + 20
        while time.monotonic() < give_up:
            for line in self.report():
                if line["type"] == "listening":
                    return line["url"]
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        raise RuntimeError("the sandbox did not start: " + (self._folder / "err").read_text())

    def report(self) -> list[dict]:
        """So far."""
        path = self._folder / "report"
        text = path.read_text() if path.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def stdout(self) -> str:
        return (self._folder / "out").read_text()

    def invoke(self, payload: object = None, timeout: float = 30, headers: dict[str, str] | None = None) -> object:
        request = urllib.request.Request(self.url, json.dumps(payload).encode(), headers or {})
        with urllib.request.urlopen(request, timeout=timeout) as response:
            body = response.read()
        return json.loads(body) if body else None

    def stop(self, timeout: float = 15, number: int = signal.SIGTERM) -> Result:
        if self.result is None:
            self.process.send_signal(number)
            self.process.wait(timeout)
            self.result = _read_result(self.process.returncode, self._folder)
        return self.result


@contextlib.contextmanager
def listening(extensions: str | os.PathLike | None = None, runtime: list[str] | None = None,
              options: Sequence[object] = (), env: dict[str, str] | None = None) -> Iterator[Listening]:
    """The tool with --listen, ended by SIGTERM at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="lambda-sandbox.") as name:
        folder = Path(name)
        with open(folder / "out", "w") as out, open(folder / "err", "w") as err:
            process = subprocess.Popen(command(extensions, runtime, ["--listen", "0", *options], folder / "report"),
                                       stdout=out, stderr=err, stdin=subprocess.DEVNULL,
                                       env={**os.environ, **(env or {})})
        try:
            sandbox = Listening(process, folder)
            yield sandbox
            sandbox.stop()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def _read_result(exit_code: int, folder: Path) -> Result:
    report = folder / "report"
    return Result(exit_code, (folder / "out").read_text(errors="replace"), (folder / "err").read_text(errors="replace"),
                  [json.loads(line) for line in report.read_text().splitlines()] if report.exists() else [])
