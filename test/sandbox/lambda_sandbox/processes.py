"""Starts extensions and runtime as direct children, and reports when they exit.

They die with us, also when we are killed while they are frozen: PR_SET_PDEATHSIG. A child can only set it for itself,
and there are two ways to have it done. A function between fork and exec costs a real fork of Python, 2 ms in which the
event loop stands still; setpriv costs the child another exec, 0.7 ms, and hides why an exec failed. Extensions are
started the first way, with exact errors and an exact moment of their exec; the runtime the second way, because the
extensions are in the middle of their own start then and must not wait for us.
"""

import asyncio
import ctypes
import os
import shutil
import signal
import subprocess
from collections.abc import Callable

from .clock import now
from .cpu_group import CpuGroup
from .errors import LAUNCH_ERROR, Fatal, UsageError

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


class Process:
    """One started program. `status` is its exit status, negative for the signal that killed it."""

    def __init__(self, name: str, popen: subprocess.Popen, started: float):
        self.name = name
        self.pid = popen.pid
        self.started = started
        self.exited: float | None = None
        self.status: int | None = None
        self._popen = popen

    @property
    def alive(self) -> bool:
        return self.status is None

    def ended(self, status: int) -> None:
        self.exited = now()
        self.status = status
        self._popen.returncode = status  # or Popen would wait for a process that is reaped already

    def describe_end(self) -> str:
        """In the words of Lambda's error messages."""
        if self.status is not None and self.status < 0:
            return f"signal: {describe_signal(-self.status)}"
        return f"exit status {self.status}"


def describe_signal(number: int) -> str:
    return (signal.strsignal(number) or f"signal {number}").lower()


def signal_number(name: str) -> signal.Signals:
    """TERM, SIGTERM or sigterm."""
    try:
        return signal.Signals["SIG" + str(name).upper().removeprefix("SIG")]
    except KeyError:
        raise UsageError(f"there is no signal {name!r}") from None


class Processes:
    def __init__(self, on_exit: Callable[[Process], None], cpu_group: CpuGroup | None = None):
        self._on_exit = on_exit
        self._alive: dict[int, Process] = {}
        self._cpu_group = cpu_group
        self._parent = os.getpid()
        # A daemon that double-forks away from the function stays below the sandbox, as it does in Lambda.
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        asyncio.get_running_loop().add_signal_handler(signal.SIGCHLD, self._reap)

    def forget(self, process: Process) -> None:
        """Its end does not count as an exit: it is in a snapshot."""
        self._alive.pop(process.pid, None)

    def resume(self, process: Process) -> None:
        """It was restored from a snapshot, with the same pid."""
        process.exited = process.status = None
        self._alive[process.pid] = process

    def close(self) -> None:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGCHLD)

    def start(self, name: str, command: list[str], environment: dict[str, str], cwd: str,
              stdout: int | None, stderr: int | None, at_once: bool = False) -> Process:
        """`at_once`: without holding up the event loop."""
        program = command[0]
        prepare: Callable[[], None] | None = self._prepare
        try:
            if at_once and _SETPRIV:
                _check_program(program, environment, cwd)
                enter = [] if self._cpu_group is None else [*_ENTER, self._cpu_group.procs]
                command = [*_SETPRIV, *enter, *command]
                prepare = None
            popen = subprocess.Popen(command, env=environment, cwd=cwd, stdin=subprocess.DEVNULL, stdout=stdout,
                                     stderr=stderr, process_group=0, preexec_fn=prepare)
        except (OSError, subprocess.SubprocessError) as error:
            raise Fatal(LAUNCH_ERROR, f"{name} could not be started: {_advice(program, cwd, error)}") from None
        process = Process(name, popen, now())  # Popen returns once the exec has taken place
        self._alive[process.pid] = process
        return process

    def _prepare(self) -> None:
        """In the child, before its exec."""
        if self._cpu_group is not None:
            self._cpu_group.enter()
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != self._parent:
            os._exit(1)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            process = self._alive.pop(pid, None)
            if process is not None:  # else it was an orphan that the sandbox inherited
                process.ended(os.waitstatus_to_exitcode(status))
                self._on_exit(process)


def _find_setpriv() -> list[str]:
    path = shutil.which("setpriv")
    if path is None or os.path.basename(os.path.realpath(path)) == "busybox":  # which lacks --pdeathsig
        return []
    return [path, "--pdeathsig", "KILL", "--"]


_SETPRIV = _find_setpriv()
# A shell that moves itself into a CPU group, so that its own start is not charged to it, and becomes the command.
_ENTER = ["sh", "-c", 'echo 0 >"$0" && exec "$@"']


def _check_program(program: str, environment: dict[str, str], cwd: str) -> None:
    """Raises what an exec would."""
    path: str | None = os.path.join(cwd, program)
    if "/" not in program:
        path = shutil.which(program, path=environment.get("PATH"))
    if path is None or not os.path.isfile(path):
        raise FileNotFoundError(program)
    if not os.access(path, os.X_OK):
        raise PermissionError(program)


def _advice(program: str, cwd: str, error: Exception) -> str:
    path = os.path.join(cwd, program)
    if isinstance(error, FileNotFoundError) and "/" in program and os.path.exists(path):
        return (f"{program} exists, but the interpreter or loader it names does not "
                "(check its #! line for a wrong path or a carriage return)")
    if isinstance(error, FileNotFoundError):
        if "/" not in program:
            return f"there is no {program} on PATH"
        if os.path.isabs(program):
            return f"there is no {program}"
        here = f"; try: {os.path.abspath(program)}" if os.path.exists(program) else ""
        return f"there is no {program} in {cwd}, where it is started{here}"
    if isinstance(error, PermissionError):
        return f"{program} is not executable; try: chmod +x {path}"
    if isinstance(error, OSError) and error.errno == 8:
        return f"{program} is not a program that this machine can run: another architecture, or a script without a #! line"
    return str(error)
