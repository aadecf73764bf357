"""The real Runtime Interface Emulator as a test fixture.

RIE executes whatever lies in /opt/extensions. So that the machine's own /opt stays as it is, RIE runs in a mount
namespace of its own with an empty /opt, and in a PID namespace of its own, where it is process 1 as in a container: when
it goes, everything that it started goes with it, whatever has happened to us.

    with Rie(rie, extension, [python, "-m", "awslambdaric", "app.handler"], cwd=functions) as lambda_:
        reply = lambda_.invoke({"cpuMs": 20})
        lambda_.terminate()
        lambda_.emf_lines()
"""
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
import tempfile
import time
from dataclasses import dataclass

INVOCATIONS = "/2015-03-31/functions/function/invocations"
START_SECONDS = 10
TERMINATE_SECONDS = 6  # RIE gives the extensions 2 s, then kills

# Runs as root of the new namespaces: an /opt of our own with one extension in it, then RIE in our place.
SET_UP = 'set -e; mount -t tmpfs none /opt; mkdir /opt/extensions; install -m 0755 "$1" "/opt/extensions/$2"; shift 2; exec "$@"'


class RieError(Exception):
    """RIE could not be started; the text says why."""


@dataclass(frozen=True)
class Reply:
    status: int
    body: str

    def json(self):
        return json.loads(self.body)


def namespace_commands() -> tuple[list[str], list[str]]:
    """What makes the namespaces, and what gives up root inside them: as root, as a user, or through sudo."""
    unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"]
    me = os.getuid()
    back_to_me = ["setpriv", f"--reuid={me}", f"--regid={os.getgid()}", "--clear-groups"]
    ways = [(unshare, [])] if me == 0 else [
        (["unshare", "--user", "--map-root-user", *unshare[1:]], []),
        (["sudo", "-n", *unshare], back_to_me),
    ]
    for enter, leave in ways:
        probe = [*enter, "sh", "-c", "mount -t tmpfs none /opt"]
        if shutil.which(enter[0]) and subprocess.run(probe, capture_output=True, timeout=30).returncode == 0:
            return enter, leave
    raise RieError("this user may not make a mount namespace (unshare), which RIE needs for an /opt of its own:"
                   " run as root, or with sudo that asks no password")


def outside_opt(path) -> str:
    """RIE's /opt hides the machine's: nothing that it runs may lie there."""
    path = pathlib.Path(path)
    for place in (path.absolute(), path.resolve()):
        if place.is_relative_to("/opt"):
            raise RieError(f"{path} lies in /opt ({place}), which RIE's own /opt/extensions hides: use one from elsewhere")
    return str(path.absolute())


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def emf_of(output: str) -> list[str]:
    """The EMF lines in mixed output. What a function prints without a newline may stand before one on its line."""
    starts = ((line, line.find('{"_aws":')) for line in output.split("\n"))
    return [line[at:] for line, at in starts if at >= 0]


class Rie:
    """One RIE with one function and, unless extension is None, one extension."""

    def __init__(self, rie, extension, command, *, cwd, name="demo", memory=256, timeout=10, env=None,
                 extension_name="lambda-vitals"):
        self._rie = outside_opt(rie)
        self._extension = (outside_opt(extension), extension_name) if extension else ("/dev/null", "")
        program = shutil.which(command[0]) if "/" not in command[0] else pathlib.Path(cwd, command[0])
        self._command = [outside_opt(program or command[0]), *command[1:]]
        self._cwd = cwd
        self._env = {
            "PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_LAMBDA_FUNCTION_NAME": name, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory),
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout), **(env or {}),
        }
        self._patience = timeout + 10
        self._directory = tempfile.TemporaryDirectory(prefix="rie-")
        self._output = pathlib.Path(self._directory.name, "stdout")
        self._log = pathlib.Path(self._directory.name, "stderr")
        self._process = None
        self._port = None

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    def start(self):
        for _ in range(3):  # another program may take a port between our look and RIE's bind
            self._launch(*free_ports(2))
            if self._wait_until_ready():
                return self
            self._kill()
        raise RieError(f"RIE did not start in {START_SECONDS} s:\n{self.output}\n{self.log}")

    def _launch(self, port, runtime_port):
        enter, leave = namespace_commands()
        extension, extension_name = self._extension
        script = SET_UP if extension_name else 'set -e; mount -t tmpfs none /opt; shift 2; exec "$@"'
        self._port = port
        with self._output.open("wb") as output, self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *enter, "sh", "-c", script, "sh", extension, extension_name,
                 *leave, "env", "-i", *(f"{key}={value}" for key, value in self._env.items()),
                 self._rie, "--runtime-interface-emulator-address", f"127.0.0.1:{port}",
                 "--runtime-api-address", f"127.0.0.1:{runtime_port}", *self._command],
                cwd=self._cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=log, start_new_session=True)

    def _wait_until_ready(self) -> bool:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0 and self.pid:
                    return True
            time.sleep(0.02)
        return False

    @property
    def pid(self) -> int | None:
        """RIE's own process: the descendant of what we started that runs RIE's file."""
        pending = [self._process.pid]
        while pending:
            pid = pending.pop()
            try:
                if pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0] == os.fsencode(self._rie):
                    return pid
                pending += map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
            except OSError:
                continue
        return None

    def invoke(self, event=None, headers=None) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=self._patience)
        try:
            connection.request("POST", INVOCATIONS, json.dumps({} if event is None else event), headers or {})
            response = connection.getresponse()
            return Reply(response.status, response.read().decode())
        finally:
            connection.close()

    def terminate(self) -> int:
        """SIGTERM, as a container's stop: extensions get SHUTDOWN and 2 s. Gives RIE's exit status."""
        pid = self.pid
        if pid:
            os.kill(pid, signal.SIGTERM)
        try:
            return self._process.wait(TERMINATE_SECONDS)
        finally:
            self._kill()

    def _kill(self):
        if self._process and self._process.poll() is None:
            # RIE is process 1 of its namespace: the kernel takes the rest with it.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid or self._process.pid, signal.SIGKILL)
            self._process.wait(TERMINATE_SECONDS)

    def close(self):
        self._kill()
        self._directory.cleanup()

    @property
    def output(self) -> str:
        """What RIE, function and extension wrote, mixed by RIE into one stream."""
        return self._output.read_text(errors="replace") if self._output.exists() else ""

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def emf_lines(self) -> list[str]:
        return emf_of(self.output)

    def request_ids(self) -> list[str]:
        """As RIE itself reports them, in the order of the invocations."""
        return re.findall(r"^START RequestId: (\S+)", self.output, re.MULTILINE)
