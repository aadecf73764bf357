"""Places in which the accuracy tests run lambda-sandbox: with its own /tmp, in a network with a peer at the end of a real
veth link, or where the kernel's socket diagnostics are refused. Each is a prefix of lambda-sandbox's command.

The first two need root, or a user who may make namespaces; if neither is possible the tests fail.
"""
import contextlib
import os
import pathlib
import shlex
import stat
import subprocess
import sys
import time

import pytest

import sandbox

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
AS_ROOT = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
ENTER_AS_ROOT = [] if os.getuid() == 0 else ["--user", "--preserve-credentials"]

# Mounted beside and moved over, so that a checkout that lies in /tmp itself stays where it is.
OWN_TMP = """set -e
new=$1; root=$2; shift 2
mount -t tmpfs -o size=256m none "$new"
case $root in /tmp/*) mkdir -p "$new/${root#/tmp/}"; mount --rbind "$root" "$new/${root#/tmp/}" ;; esac
mount --move "$new" /tmp
exec "$@"
"""
SEND_BACK = """
import socket, sys
server = socket.create_server(("0.0.0.0", 9))
while True:
    connection, _ = server.accept()
    while connection.recv(65536):
        pass
    connection.sendall(bytes(int(sys.argv[1])))
    connection.close()
"""
NETLINK_REFUSED = HERE / "without_netlink.py"


class Place:
    def __init__(self, monkeypatch, tmp_path):
        self._monkeypatch, self._path = monkeypatch, tmp_path

    def enter(self, command):
        """From now on lambda-sandbox is started by `command`."""
        script = self._path / "lambda-sandbox"
        script.write_text(f'#!/bin/sh\nexec {shlex.join(map(str, [*command, sandbox.LAMBDA_SANDBOX]))} "$@"\n')
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        self._monkeypatch.setattr(sandbox, "LAMBDA_SANDBOX", script)


@pytest.fixture
def place(monkeypatch):
    """Its files are in build/, which a separate /tmp does not hide."""
    import tempfile
    base = ROOT / "build"
    base.mkdir(exist_ok=True)
    monkeypatch.setattr(tempfile, "tempdir", str(base))
    with tempfile.TemporaryDirectory(prefix="accuracy-") as directory:
        yield Place(monkeypatch, pathlib.Path(directory))


@pytest.fixture
def own_tmp(place):
    new = place._path / "tmp"
    new.mkdir()
    place.enter(["unshare", *AS_ROOT, "--mount", "sh", "-c", OWN_TMP, "sh", new, ROOT])


@pytest.fixture
def without_netlink(place):
    place.enter([sys.executable, NETLINK_REFUSED])


class Link:
    """Two network namespaces with a veth link between them; in the far one somebody sends back `answer` bytes."""

    ADDRESS, PEER, PORT, ANSWER = "10.77.0.1", "10.77.0.2", 9, 2_000_000

    def __init__(self):
        self._processes = []
        self.near = self._hold(["unshare", *AS_ROOT, "--net", "sleep", "infinity"])
        self.far = self._hold([*self.inside(self.near), "unshare", "--net", sys.executable, "-c", SEND_BACK, str(self.ANSWER)])
        self.up()

    def _hold(self, command):
        ours = os.stat("/proc/self/ns/net").st_ino
        before = {ours, *(self._namespace(each.pid) for each in self._processes)}
        process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command])
        self._processes.append(process)
        end = time.monotonic() + 10
        while self._namespace(process.pid) in before:
            if process.poll() is not None or time.monotonic() > end:
                pytest.fail("no network namespace of our own: this needs root or user namespaces (unshare --net)")
            time.sleep(0.01)
        return process.pid

    @staticmethod
    def _namespace(pid):
        with contextlib.suppress(OSError):
            return os.stat(f"/proc/{pid}/ns/net").st_ino

    @staticmethod
    def inside(pid):
        return ["nsenter", "--target", str(pid), *ENTER_AS_ROOT, "--net"]

    def _do(self, pid, *commands):
        for command in commands:
            run = subprocess.run([*self.inside(pid), "sh", "-c", command], capture_output=True, text=True, timeout=20)
            if run.returncode != 0:
                pytest.fail(f"{command}: {run.stderr}")

    def up(self):
        """The link, with no traffic but the test's: no IPv6, no ARP."""
        silent = "for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do [ ! -e $f ] || echo 1 >$f; done"
        self._do(self.near, "ip link set lo up", "ip link add veth0 type veth peer name veth1", silent,
                 f"ip link set veth1 netns {self.far}",
                 "ip link set veth0 address 02:00:00:00:00:01")
        self._do(self.far, "ip link set lo up", silent, "ip link set veth1 address 02:00:00:00:00:02",
                 f"ip address add {self.PEER}/24 dev veth1", "ip link set veth1 up",
                 f"ip neigh add {self.ADDRESS} lladdr 02:00:00:00:00:01 dev veth1 nud permanent")
        self._do(self.near, f"ip address add {self.ADDRESS}/24 dev veth0", "ip link set veth0 up",
                 f"ip neigh add {self.PEER} lladdr 02:00:00:00:00:02 dev veth0 nud permanent",
                 f"ip route add default via {self.PEER}")

    def remove(self):
        self._do(self.near, "ip link delete veth0")

    def close(self):
        for process in reversed(self._processes):
            process.kill()
            process.wait()


@pytest.fixture
def link(place):
    made = Link.__new__(Link)
    try:
        made.__init__()
        place.enter(made.inside(made.near))
        yield made
    finally:
        made.close()
