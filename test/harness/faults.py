"""One fault, and how the extension handles it: the fault matrix's rows are calls of survive().

Every row runs the release binary as a process in lambda-sandbox, with test/tools/workload as the function, and asserts by itself:

  - the function answers correctly, and no invocation takes longer than its own work, `patience_ms` and the fault;
  - the extension lives from its start to SHUTDOWN, as one process, and exits 0;
  - every INVOKE has its line, valid and in order;
  - the extension's resident memory was never above 4 MB (VmHWM).

A row that promises less gives the reason.
"""
import contextlib
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field

import sandbox as lambda_sandbox
from sanitized import REPORTS

ROOT = pathlib.Path(__file__).resolve().parents[2]
MEMORY_LIMIT_KB = 4096 if not REPORTS else 1 << 30  # sanitizers need memory besides the program's
WORK_MS = 2
WORK = {"invoke": {"steps": [{"do": "burn", "ms": WORK_MS}]}}
PATIENCE_MS = 500  # a busy machine's


def work(ms=WORK_MS, count=1):
    """A step of this many invocations, each of which uses 2 ms of CPU and sleeps for the rest."""
    steps = [{"do": "burn", "ms": WORK_MS}, *([{"do": "sleep", "ms": ms - WORK_MS}] if ms > WORK_MS else [])]
    return {"invoke": {"steps": steps}, "count": count}


@dataclass
class Scene:
    """What a disturber sees of the run that it disturbs."""

    pid: int  # of the extension
    port: int | None  # of its telemetry listener
    report: list[dict]
    over: threading.Event
    errors: list[BaseException] = field(default_factory=list)


class Watch(threading.Thread):
    """Follows a run by its report: how much memory the extension has had, and a disturber that it starts."""

    def __init__(self, report: pathlib.Path, disturb):
        super().__init__(daemon=True)
        self._report = report
        self._disturb = disturb
        self._disturber: threading.Thread | None = None
        self._over = threading.Event()
        self.scene: Scene | None = None
        self.high_water_kb = 0
        self.pids: list[int] = []

    def run(self):
        while not self._over.wait(0.005):
            if not self.pids:
                self._find()
            for pid in self.pids:
                self.high_water_kb = max(self.high_water_kb, high_water_kb(pid))

    def _find(self):
        if not self._report.exists():
            return
        report = [json.loads(line) for line in self._report.read_text().splitlines(keepends=True) if line.endswith("\n")]
        started = [each["extensions"]["lambda-vitals"]["pid"] for each in report if each["type"] == "init"]
        if not started:
            return
        self.pids = started
        port = next((each["port"] for each in report if each["type"] == "subscription"), None)
        self.scene = Scene(started[0], port, report, self._over)
        if self._disturb:
            self._disturber = threading.Thread(target=self._disturbance, daemon=True)
            self._disturber.start()

    def _disturbance(self):
        try:
            self._disturb(self.scene)
        except BaseException as error:  # noqa: BLE001: the row reports it
            self.scene.errors.append(error)

    def end(self):
        self._over.set()
        self.join(10)
        if self._disturber:
            self._disturber.join(10)


def high_water_kb(pid) -> int:
    with contextlib.suppress(OSError, IndexError):  # it has exited, or is exiting
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
        return int(text.partition("VmHWM:")[2].split()[0])
    return 0


# Of every run: the extension's highest resident memory in kB, and the row. Reported at the end of the tests.
PEAKS: list[tuple[int, str]] = []


class Survived:
    def __init__(self, run, watch):
        self.run = run
        self.watch = watch
        self.records, self.lines, self.warnings = run.records, run.lines, run.warnings
        self.high_water_kb = watch.high_water_kb


class Matrix:
    """`survive` is the fixture's product: plays steps under a fault and asserts what the docstring of this file lists."""

    def __init__(self, extension, workload, check_lines):
        self._extension = pathlib.Path(extension)
        self._workload = workload
        self._check_lines = check_lines

    def play(self, steps, *, setup="", disturb=None, options=(), env=None, binary=None, runtime=None, cwd=".", seconds=60):
        """`setup`: shell commands that the extension's process runs before it becomes the extension: limits, mounts,
        descriptors. They may end in an exec, with "$@" as its arguments."""
        with tempfile.TemporaryDirectory(prefix="vitals-fault-") as name:
            folder = pathlib.Path(name)
            real = folder / "real" / "lambda-vitals"
            real.parent.mkdir()
            folder.chmod(0o755)
            shutil.copy(binary or self._extension, real)
            real.chmod(0o755)
            if setup:
                started = folder / "lambda-vitals"
                ending = "" if setup.rstrip().endswith('"$@"') else '\nexec "$@"'
                started.write_text(f"#!/bin/sh\nset -- {shlex.quote(str(real))}\n{setup}{ending}\n")
                started.chmod(0o755)
            else:
                started = real
            report = folder / "report"
            watch = Watch(report, disturb)
            watch.start()
            try:
                run = lambda_sandbox.play(started, runtime or [self._workload], steps, options=options, env=env,
                                          cwd=cwd, seconds=seconds, report=report)
            finally:
                watch.end()
        if watch.scene and watch.scene.errors:
            raise watch.scene.errors[0]
        if not binary:  # another one, under valgrind, does not show its memory
            PEAKS.append((watch.high_water_kb, os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0]))
        return Survived(run, watch)

    def __call__(self, steps=None, *, slower_ms=0, lines=None, patience_ms=PATIENCE_MS, memory_kb=MEMORY_LIMIT_KB, **how):
        """`slower_ms`: how much longer the fault itself may make an invocation. `lines`: how many of the lines need
        not be there, if standard output is broken."""
        steps = steps or [work(count=3)]
        seen = self.play(steps, **how)
        run = seen.run
        output = run.log + run.warnings
        assert run.status == 0, output
        wanted = sum(step.get("count", 1) for step in steps if "invoke" in step)
        assert [each["status"] for each in run.invocations] == ["success"] * wanted, output
        for each, slept in zip(run.invocations, _work_ms(steps)):
            assert json.loads(each["response"])["cpuUs"] >= WORK_MS * 1000
            assert each["durationMs"] < slept + slower_ms + patience_ms, output
        assert len(run.of_type("init")) == 1, output
        for ended in run.of_type("shutdown")[-1]["extensions"].values():
            assert (ended["exitCode"], ended["killed"]) == (0, False), output
        if lines is None:
            assert [each["request_id"] for each in run.records] == run.request_ids, output
        else:
            assert len(run.lines) in lines
        if run.lines:
            self._check_lines(run.lines)
        # A run may be over before it was sampled from outside; then its lines have the value.
        high_water_kb = seen.high_water_kb or max(
            (record.get("agent_memory_max", 0) * 1024 for record in seen.records), default=0)
        assert 0 < high_water_kb < memory_kb, f"{high_water_kb} kB"
        return seen


def _work_ms(steps):
    for step in steps:
        for _ in range(step.get("count", 1) if "invoke" in step else 0):
            event = step["invoke"]
            yield event.get("sleepMs", 0) + sum(each.get("ms", 0) for each in event.get("steps", []))


def can(command) -> bool:
    """Whether this user may run the command here: namespaces and limits need root, or a kernel that lets users."""
    return subprocess.run(["sh", "-c", command], capture_output=True, timeout=30).returncode == 0


def wait_until(goal, seconds=10):
    end = time.monotonic() + seconds
    while not goal():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.01)


def request_counts(run) -> dict[str, int]:
    return {each["fault"]: each["fired"] for each in run.of_type("fault")}



