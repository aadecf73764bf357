"""A cgroup whose processes together get the CPU time that Lambda gives to a sandbox of a memory size: memory/1769 of a CPU,
by CFS bandwidth control (cgroup version 1 or 2) with a period of 20 ms."""

import fcntl
import os
import tempfile
import time
from dataclasses import dataclass

PERIOD_US = 20_000
ONE_VCPU_MB = 1769
LEAST_MEMORY_MB = 128  # Lambda's least; from 89 MB on the quota is the 1 ms that the kernel accepts
PREFIX = "lambda-vitals-"  # test/bench/driver/cpu_group.cpp has the same
# Lambda gives a sandbox its share whatever else the host does; here it goes before other programs, as far as its quota reaches.
HIGHEST_WEIGHT, HIGHEST_SHARES = 10_000, 262_144  # of versions 2 and 1
REMOVAL_S = 1.0  # an exited process leaves its group a little later
NEEDED = ("it needs root and a writable /sys/fs/cgroup with the cpu controller "
          "(in a container: --privileged --cgroupns=host)")


class NoCpuGroup(Exception):
    """No such cgroup can be created here; the text says why, and what is needed."""


@dataclass(frozen=True)
class Hierarchy:
    """A mounted cgroup hierarchy with the cpu controller, and this process's group in it."""

    mount: str
    own: str
    unified: bool  # version 2


def find_hierarchy(proc: str = "/proc/self") -> Hierarchy | None:
    """Version 1 is preferred: where it has the cpu controller, version 2 does not."""
    found = None
    for line in _lines(f"{proc}/mountinfo"):  # proc_pid_mountinfo(5): … /root /mount/point … - type source rw,cpu
        place, _, kind = line.partition(" - ")
        fields, kinds = place.split(), kind.split()
        if len(fields) < 5 or len(kinds) < 3:
            continue
        first_version = kinds[0] == "cgroup" and "cpu" in kinds[2].split(",")
        if first_version or (kinds[0] == "cgroup2" and found is None):
            own = _inside(fields[3], _own_path(proc, unified=not first_version))
            found = Hierarchy(fields[4], os.path.join(fields[4], own) if own else fields[4], not first_version)
        if first_version:
            break
    return found


def _inside(root: str, path: str) -> str:
    """`path` as seen from `root`; empty where it lies elsewhere, as of a process outside its cgroup namespace."""
    base = root.rstrip("/") + "/"
    return path[len(base):] if path.startswith(base) and ".." not in path.split("/") else ""


def _own_path(proc: str, unified: bool) -> str:
    for line in _lines(f"{proc}/cgroup"):  # proc_pid_cgroup(5): "1:cpu,cpuacct:/path", and "0::/path" in version 2
        _, controllers, path = line.split(":", 2)
        if not controllers if unified else "cpu" in controllers.split(","):
            return path
    return "/"


def _lines(path: str) -> list[str]:
    try:
        with open(path) as file:
            return file.read().splitlines()
    except OSError:
        return []


class CpuGroup:
    """Exists until close(). Processes enter it with enter() between fork and exec, or by writing to `procs`."""

    def __init__(self, memory_mb: int):
        reason = "no cgroup hierarchy with the cpu controller is mounted"
        hierarchy = find_hierarchy()
        parent = hierarchy.own if hierarchy else None
        # Version 2 allows no group with a limit inside one that has processes, so an ancestor is used then.
        while parent is not None:
            try:
                self._create_in(parent, hierarchy.unified, memory_mb)
                return
            except OSError as error:
                reason = f"{error.filename or parent}: {error.strerror}"
            parent = os.path.dirname(parent) if parent != hierarchy.mount else None
        raise NoCpuGroup(f"no CPU quota can be set: {reason}; {NEEDED}")

    def _create_in(self, parent: str, unified: bool, memory_mb: int) -> None:
        guard = os.open(parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            # Until this group is locked as well, nobody else may take it for a stale one.
            fcntl.flock(guard, fcntl.LOCK_EX)
            remove_stale(parent)
            if unified and "cpu" not in " ".join(_lines(f"{parent}/cgroup.subtree_control")).split():
                _write(f"{parent}/cgroup.subtree_control", "+cpu")
            self.path = tempfile.mkdtemp(prefix=PREFIX, dir=parent)
            self._lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(self._lock, fcntl.LOCK_SH)
        finally:
            os.close(guard)
        self.procs = f"{self.path}/cgroup.procs"
        quota_us = PERIOD_US * memory_mb // ONE_VCPU_MB
        try:
            if unified:
                _write(f"{self.path}/cpu.max", f"{quota_us} {PERIOD_US}")
                _write(f"{self.path}/cpu.weight", str(HIGHEST_WEIGHT))
            else:
                _write(f"{self.path}/cpu.cfs_period_us", str(PERIOD_US))
                _write(f"{self.path}/cpu.cfs_quota_us", str(quota_us))
                _write(f"{self.path}/cpu.shares", str(HIGHEST_SHARES))
        except OSError:
            self.close()
            raise

    def enter(self) -> None:
        """Moves the calling process into the group."""
        _write(self.procs, "0")

    def close(self) -> None:
        """Removes the group. What is left of it while processes are in it, the next group of anybody removes."""
        give_up = time.monotonic() + REMOVAL_S
        while not _removed(self.path) and time.monotonic() < give_up:
            time.sleep(0.001)
        os.close(self._lock)


def remove_stale(parent: str) -> None:
    """A group that nobody has locked belonged to a process that was killed."""
    for name in os.listdir(parent):
        if not name.startswith(PREFIX):
            continue
        try:
            lock = os.open(f"{parent}/{name}", os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _removed(f"{parent}/{name}")
        except BlockingIOError:
            pass
        finally:
            os.close(lock)


def _removed(path: str) -> bool:
    try:
        os.rmdir(path)
        return True
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None
    finally:
        os.close(descriptor)
