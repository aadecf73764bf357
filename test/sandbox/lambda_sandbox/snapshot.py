"""Snapshots of the processes of a sandbox, as SnapStart takes one of its whole machine: taken once, restored as often as
one likes, each time with the same memory and the same pids.

Taken by CRIU (4.2 or later on Linux 6.16 and later), the program that LAMBDA_SANDBOX_CRIU names, else criu. Connections
are not in a snapshot: a restored process finds its own ones closed. Whatever is listening listens again. Takes root.
"""

import os
import shlex
import subprocess
import tempfile

from .errors import INTERNAL_ERROR, Fatal
from .processes import Process, Processes

COMMAND = shlex.split(os.environ.get("LAMBDA_SANDBOX_CRIU", "criu"))
_LIMIT_S = 30


class Snapshot:
    def __init__(self, processes: Processes, members: list[Process], outputs: list[int]):
        """Takes it, which ends the processes. `outputs`: what they may have as standard output and standard error."""
        self._processes = processes
        self._outputs = outputs
        self._folder = tempfile.TemporaryDirectory(prefix="lambda-sandbox-snapshot.")
        # Restored in this order: an extension has files of the runtime in /proc open, which must be there again.
        self.members = sorted(members, key=lambda process: process.name != "runtime")
        for process in self.members:
            self._processes.forget(process)
            os.mkdir(self._images(process))
            self._criu("dump", process, "--tree", str(process.pid))

    def restore(self) -> None:
        for process in self.members:
            inherited = [part for descriptor in self._outputs for part in (
                "--inherit-fd", f"fd[{descriptor}]:{os.readlink(f'/proc/self/fd/{descriptor}').lstrip('/')}")]
            self._criu("restore", process, "--restore-detached", "--restore-sibling", *inherited)
            self._processes.resume(process)

    def close(self) -> None:
        self._folder.cleanup()

    def _images(self, process: Process) -> str:
        return os.path.join(self._folder.name, str(process.pid))

    def _criu(self, action: str, process: Process, *more: str) -> None:
        images = self._images(process)
        log = os.path.join(images, f"{action}.log")
        command = [*COMMAND, action, "--images-dir", images, "--log-file", log, "-v2", "--shell-job", "--tcp-close",
                   "--network-lock", "skip", "--file-validation", "filesize", *more]
        try:
            run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_LIMIT_S,
                                 pass_fds=self._outputs, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Fatal(INTERNAL_ERROR, f"no snapshot: {error}") from None
        if run.returncode != 0:
            raise Fatal(INTERNAL_ERROR, f"criu {action} of {process.name} failed: {run.stderr}{_tail(log)}")


def works() -> bool:
    """Whether there is a CRIU that works on this machine."""
    try:
        return subprocess.run([*COMMAND, "check"], capture_output=True, timeout=_LIMIT_S, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _tail(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-5:])
    except OSError:
        return ""
