"""The real Runtime Interface Emulator as a test fixture.

RIE executes whatever lies in /opt/extensions. So that the machine's own /opt stays as it is, RIE runs in namespaces of its
own (namespaces.py), where it is process 1 as in a container: when it goes, everything that it started goes with it.

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
import tempfile
import time
from dataclasses import dataclass

from namespaces import Namespaces, outside_opt

INVOCATIONS = "/2015-03-31/functions/function/invocations"
START_SECONDS = 10
TERMINATE_SECONDS = 6  # RIE gives the extensions 2 s, then kills

# Puts a bootstrap into a /var/task of the namespace's own: the Managed mode starts it, and in this folder. The rest of /var stays.
WITH_BOOTSTRAP = """set -e
mkdir /opt/.var
mount --rbind /var /opt/.var
mount -t tmpfs -o mode=0755 none /var
for each in /opt/.var/*; do
    name=${each##*/}
    if [ -L "$each" ]; then
        cp -P "$each" /var/
    elif [ -d "$each" ] && [ "$name" != task ]; then
        mkdir "/var/$name"
        mount --rbind "$each" "/var/$name"
    fi
done
umount -l /opt/.var
rmdir /opt/.var
mkdir /var/task
printf %s "$1" >/var/task/bootstrap
chmod 0755 /var/task/bootstrap
shift
exec "$@"
"""


class RieError(Exception):
    """RIE could not be started; the text says why."""


@dataclass(frozen=True)
class Reply:
    status: int
    body: str

    def json(self):
        return json.loads(self.body)


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


class Files:
    """RIE's streams, kept in files for as long as it lasts."""

    def __init__(self):
        self._directory = tempfile.TemporaryDirectory(prefix="rie-")
        self._output = pathlib.Path(self._directory.name, "stdout")
        self._log = pathlib.Path(self._directory.name, "stderr")

    def open(self):
        return self._output.open("wb"), self._log.open("wb")

    def close(self):
        self._directory.cleanup()

    @property
    def output(self) -> str:
        return self._output.read_text(errors="replace") if self._output.exists() else ""

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""


class Started:
    """For a `with` block: start() at its beginning, close() at its end, also where starting failed."""

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()


class Rie(Started):
    """One RIE with one function and, unless extension is None, the extension, and `others`, files of further ones.

    bootstrap is the text of a program that starts the function, which the Managed mode takes instead of the command: it needs
    root. port=None is any free port, tmp_mb=0 the machine's own /tmp, streams where RIE's output goes (Files or the like),
    layers and kept_in_tmp as in namespaces.py.
    """

    def __init__(self, rie, extension, command, *, cwd, name="demo", memory=256, timeout=10, env=None,
                 extension_name="lambda-vitals", port=None, tmp_mb=0, patience=10, streams=None, others=(), layers=(), kept_in_tmp=(),
                 bootstrap=None):
        self._rie = outside_opt(rie)
        self._namespaces = Namespaces(
            [*([(extension, extension_name)] if extension else []), *((each, pathlib.Path(each).stem) for each in others)],
            tmp_mb, layers, kept_in_tmp)
        self._set_up = ["sh", "-c", WITH_BOOTSTRAP, "sh", bootstrap] if bootstrap else []
        program = shutil.which(command[0]) if "/" not in command[0] else pathlib.Path(cwd, command[0])
        self._command = [outside_opt(program or command[0]), *command[1:]]
        self._cwd = cwd
        self._env = {
            "PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1",
            **(env or {}), "AWS_LAMBDA_FUNCTION_NAME": name, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory),
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout),
        }
        self._patience = timeout + patience
        self._streams = streams or Files()
        self._process = None
        self._wanted_port = port
        self._port = None

    def start(self):
        for _ in range(3):  # another program may take a port between our look and RIE's bind
            port, runtime_port = free_ports(2)
            self._launch(self._wanted_port or port, runtime_port)
            if self._wait_until_ready():
                return self
            self._kill()
        raise RieError(f"RIE did not start in {START_SECONDS} s:\n{self.output}\n{self.log}")

    def _launch(self, port, runtime_port):
        self._port = port
        output, log = self._streams.open()
        with output, log:
            self._process = self._namespaces.start(
                [*self._set_up, self._rie, "--runtime-interface-emulator-address", f"127.0.0.1:{port}",
                 "--runtime-api-address", f"127.0.0.1:{runtime_port}", *self._command],
                self._env, cwd=self._cwd, stdout=output, stderr=log)

    def _wait_until_ready(self) -> bool:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0 and self.pid:
                    return True
            time.sleep(0.02)
        return False

    @property
    def port(self) -> int:
        """Where it is invoked, on 127.0.0.1."""
        return self._port

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

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
        self._streams.close()

    @property
    def output(self) -> str:
        """What RIE, function and extension wrote, mixed by RIE into one stream."""
        return self._streams.output

    @property
    def log(self) -> str:
        return self._streams.log

    def emf_lines(self) -> list[str]:
        return emf_of(self.output)

    def request_ids(self) -> list[str]:
        """As RIE itself reports them, in the order of the invocations."""
        return re.findall(r"^START RequestId: (\S+)", self.output, re.MULTILINE)
