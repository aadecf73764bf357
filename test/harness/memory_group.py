"""A memory cgroup (version 1 or 2) with a limit, in which the kernel kills for memory.

    with memory_group(96) as enter:
        play(…, through=enter)

Skips the test, with the reason, where no such cgroup can be created: it takes root and a writable /sys/fs/cgroup with the
memory controller.
"""
import contextlib
import os
import pathlib
import time

import pytest

ROOT = pathlib.Path("/sys/fs/cgroup")
REMOVAL_S = 2
ENTER = 'echo $$ > "$0/cgroup.procs" && exec "$@"'


def _own_paths():
    """This process's group and the groups above it: in version 2 no group with processes may have one with a limit below."""
    unified = None
    for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            return "memory.limit_in_bytes", [ROOT / "memory" / path.lstrip("/"), ROOT / "memory"]
        if not controllers:
            group = ROOT / path.lstrip("/")
            unified = [group, *(each for each in group.parents if each.is_relative_to(ROOT))]
    return "memory.max", unified or []


def _create(megabytes):
    limit, parents = _own_paths()
    reason = "no memory controller is mounted at /sys/fs/cgroup"
    for parent in parents:
        group = parent / f"vitals-test-{os.getpid()}"
        try:
            if limit == "memory.max":
                (parent / "cgroup.subtree_control").write_text("+memory")
            group.mkdir()
            (group / limit).write_text(str(megabytes << 20))
            return group
        except OSError as error:
            reason = f"no memory cgroup can be created in {parent}: {error}"
            with contextlib.suppress(OSError):
                group.rmdir()
    pytest.skip(f"the kernel cannot be made to kill for memory here: {reason}")


@contextlib.contextmanager
def memory_group(megabytes):
    group = _create(megabytes)
    try:
        yield ["sh", "-c", ENTER, str(group)]
    finally:
        end = time.monotonic() + REMOVAL_S
        while group.exists():
            try:
                group.rmdir()
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)  # a process that exited leaves its group a little later
