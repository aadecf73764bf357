"""The fault matrix, 3: a /proc that lies (faults.py says what every row asserts).

The extension reads the machine's /proc. For these rows it gets another one, in its own mount namespace, in which a
tree of files made by hostile_proc.py covers /proc.
"""
import os
import pathlib
import shlex
import sys
import tempfile

import hostile_proc
import pytest

from faults import can, work

HOSTILE = pathlib.Path(hostile_proc.__file__)
UNSHARE = "unshare --mount" if can("unshare --mount true") else "unshare --user --map-root-user --mount"
pytestmark = pytest.mark.skipif(not can(f"{UNSHARE} mount -t tmpfs none /proc"),
                                reason="this user may not make a mount namespace: run as root")

KINDS = [
    "good", "empty tree", *(f"missing {name}" for name in (*hostile_proc.GOOD, "everything")),
    *(f"cut {percent}" for percent in (1, 20, 50, 90, 99)), *hostile_proc.TEXTS,
    hostile_proc.U64, "-1", "0", "99999999999999999999999", "9007199254740993",
    "named ) R 1 (", "named with newline", "a ring of parents", "directories for files", "unreadable", "pids that are not pids",
    "net empty", "net cut", "net absurd", "net long",
]


def over_proc(tree, kind):
    """The shell commands that make the tree and put it over /proc."""
    tree.mkdir(exist_ok=True)
    # Root can read everything; unreadable files need another user.
    run = 'exec setpriv --reuid 65534 --clear-groups "$@"' if kind == "unreadable" and os.geteuid() == 0 else 'exec "$@"'
    return (f"{shlex.quote(sys.executable)} {HOSTILE} {shlex.quote(kind)} {tree} $PPID $$\n"
            f"""exec {UNSHARE} sh -c 'mount --bind {tree} /proc && {run}' sh "$@\"""")


@pytest.mark.parametrize("kind", KINDS)
def test_a_tree_that_is(survive, tmp_path, kind):
    """What cannot be known is absent, and no value is negative or beyond 2^53."""
    seen = survive([work(10, count=4)], setup=over_proc(tmp_path / "proc", kind))
    for record in seen.records:
        for name, value in record.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                assert 0 <= value <= 2**53, f"{name} {value}"
        if kind == "good":
            assert record["memory_peak"] > 0 and record["processes_max"] == 3
        if kind == "empty tree":
            assert "memory_peak" not in record and "cpu_total_time" not in record
        if kind == "unreadable":
            assert "memory_peak" not in record and "cpu_total_time" not in record
        if kind.startswith("named"):
            assert record["processes_max"] == 3


def test_ten_thousand_processes(survive):
    """Five thousand of the function's, where Lambda allows 1,024, and as many of others. The very first sample is expensive."""
    in_memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=in_memory, prefix="vitals-crowd-") as folder:
        tree = pathlib.Path(folder, "proc")
        hostile_proc.crowd(tree)
        survive([work(10, count=4)], setup=over_proc(tree, "good"), slower_ms=1000)


def test_pids_that_vanish_and_counters_that_go_backwards(survive, tmp_path):
    tree = tmp_path / "proc"
    seen = survive([work(30, count=20)], setup=over_proc(tree, "good"),
                   disturb=lambda scene: hostile_proc.disturb(tree, scene.report[0]["pid"], scene.over))
    assert all(record.get("cpu_total_time", 0) >= 0 for record in seen.records)


# Whether the extension is process 1 of its namespace, or has a parent there.
PID_NAMESPACES = {"alone": 'exec unshare --pid --fork "$@"', "below another": """exec unshare --pid --fork sh -c '"$@"; exit $?' sh "$@\""""}


@pytest.mark.skipif(not can("unshare --pid --fork true"), reason="this user may not make a PID namespace: run as root")
@pytest.mark.parametrize("place", PID_NAMESPACES)
def test_a_proc_of_another_pid_namespace(survive, place):
    """As in a container that has the host's /proc: it does not show whose its processes are, so no value is taken from them."""
    seen = survive([work(10, count=3)], setup=PID_NAMESPACES[place])
    for record in seen.records:
        of_processes = {"cpu_total_time", "cpu_user_time", "cpu_system_time", "cpu_utilization", "cpu_wait_time", "init_cpu_time",
                        "memory_peak", "memory_end", "page_faults_major", "disk_read_bytes", "disk_write_bytes", "threads_max", "processes_max", "fd_use",
                        "fd_max", "extensions_cpu_time", "extensions_memory_max"}
        assert not of_processes & set(record)
        assert record["agent_memory_max"] > 0 and record["agent_cpu_time"] > 0 and record["tmp_free"] > 0
