"""The processes below the sandbox, from /proc: to freeze, to thaw, to measure and to kill them.

Orphans stay below the sandbox too, as it is a subreaper (processes.py).
"""

import asyncio
import os
import signal
import time

from .clock import now

STOP_LIMIT_MS = 100  # a process in an uninterruptible sleep may not stop in time; it does no work either
STOP_POLL_S = 0.0001
STOP_POLLS = 10  # most stop within 0.1 ms, too soon for the event loop's timer, which counts whole milliseconds

_HAS_CHILDREN_FILES = os.path.exists(f"/proc/self/task/{os.getpid()}/children")


def _read(path: str) -> bytes:
    try:
        fd = os.open(path, os.O_RDONLY)
    except OSError:
        return b""
    try:
        return os.read(fd, 65536)
    except OSError:
        return b""
    finally:
        os.close(fd)


def _children(parent: int) -> list[int]:
    try:
        threads = os.listdir(f"/proc/{parent}/task")
    except OSError:
        return []
    return [int(child) for thread in threads for child in _read(f"/proc/{parent}/task/{thread}/children").split()]


def _children_by_parent() -> dict[int, list[int]]:
    """For kernels without the children files: one scan of all processes."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdecimal():
            fields = _read(f"/proc/{name}/stat").rpartition(b")")[2].split()
            if len(fields) > 1:
                children.setdefault(int(fields[1]), []).append(int(name))
    return children


def descendants(pid: int) -> list[int]:
    """All processes below pid, parents before their children."""
    if _HAS_CHILDREN_FILES:
        children_of = _children
    else:
        table = _children_by_parent()
        children_of = lambda parent: table.get(parent, [])  # noqa: E731
    found = list(children_of(pid))
    for each in found:
        found += children_of(each)
    return found


def is_running(pid: int) -> bool:
    """Neither stopped nor gone. State is the first field after the command's name, which may hold anything."""
    state = _read(f"/proc/{pid}/stat").rpartition(b")")[2][1:2]
    return state not in (b"T", b"t", b"Z", b"X", b"")


def send_signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


async def freeze(root: int, stopped: list[int]) -> None:
    """Stops everything below root, and notes what it stopped. Looks again until nothing new turns up, because a
    process may have forked between the look and the stop."""
    known: set[int] = set()
    polls = 0
    give_up = now() + STOP_LIMIT_MS
    while fresh := [pid for pid in descendants(root) if pid not in known]:
        for pid in fresh:
            send_signal(pid, signal.SIGSTOP)
        known.update(fresh)
        stopped += fresh
        while any(is_running(pid) for pid in fresh) and now() < give_up:
            polls += 1
            if polls <= STOP_POLLS:
                time.sleep(STOP_POLL_S)
            else:
                await asyncio.sleep(STOP_POLL_S)


def thaw(pids: list[int]) -> None:
    for pid in pids:
        send_signal(pid, signal.SIGCONT)


def kill(pids: list[int]) -> None:
    for pid in pids:
        send_signal(pid, signal.SIGKILL)


def kill_tree(root: int, itself: bool) -> None:
    """Kills everything below root, again until nothing is left that could still fork."""
    if itself:
        send_signal(root, signal.SIGSTOP)  # so that it forks no more while its children are looked up
    killed: set[int] = set()
    while fresh := [pid for pid in descendants(root) if pid not in killed]:
        kill(fresh)
        killed.update(fresh)
    if itself:
        send_signal(root, signal.SIGKILL)


def memory_kb(pid: int) -> tuple[int, int]:
    """(VmRSS, VmHWM) of a process in kB, zeros for one that has exited or has no memory of its own."""
    text = _read(f"/proc/{pid}/status")
    return _status_value(text, b"\nVmRSS:"), _status_value(text, b"\nVmHWM:")


def _status_value(text: bytes, name: bytes) -> int:
    at = text.find(name)
    if at < 0:
        return 0
    return int(text[at + len(name):at + len(name) + 24].split()[0])
