"""The binary needs nothing but a kernel, whatever the base image is and whoever runs it: an empty root, a read-only one, an
unprivileged user, a /proc that hides the processes of others, little memory.

The extension that lambda-sandbox starts is a script here, which enters such a place and executes lambda-vitals there, with
the same process id; the function does a known amount of work. This needs root, as in CI.
"""
import json
import os
import pathlib
import shlex
import shutil
import tempfile

import pytest

from accuracy import MB, ROOT, allocate, burn, event, near, right_or_absent, same, sleep, workload
from faults import MEMORY_LIMIT_KB
from sandbox import play

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root can make an empty root and become another user")

NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"]
LIMIT_MB = 128
WRITTEN = 256 * 1024

EMPTY_ROOT = """set -e
root=$1
mount -t tmpfs -o mode=0755 none "$root"
mkdir -p "$root/opt/extensions" "$root/proc" "$root/tmp"
cp "$2" "$root/opt/extensions/lambda-vitals"
mount --rbind /proc "$root/proc"
mount -t tmpfs -o size=8m none "$root/tmp"
[ "$3" = writable ] || { mount -o remount,ro "$root/tmp"; mount -o remount,ro "$root"; }
exec chroot "$root" /opt/extensions/lambda-vitals
"""
HIDDEN_PROCESSES = """set -e
mount -t proc -o hidepid=2 proc /proc
exec "$@"
"""
IF_HIDDEN = '[ -e /proc/self/stat ] && [ ! -e /proc/1/stat ] && exec "$1"'


@pytest.fixture
def public():
    """A directory that every user may enter, which pytest's own is not."""
    with tempfile.TemporaryDirectory(prefix="bases-", dir="/var/tmp") as directory:
        os.chmod(directory, 0o755)
        yield pathlib.Path(directory)


@pytest.fixture
def run_in(public, extension, check_lines):
    """The pairs of line and answer of a few invocations whose extension is started by a command; `as_user` starts the
    function."""
    vitals, function = public / "lambda-vitals", public / "workload"
    shutil.copy(extension, vitals)
    shutil.copy(workload(), function)
    storage = pathlib.Path(tempfile.mkdtemp(dir=public))
    storage.chmod(0o777)

    def run(command, as_user=(), memory=LIMIT_MB, function=function, events=None):
        script = public / "start"
        script.write_text(f"#!/bin/sh\nexec {shlex.join(map(str, command))}\n")
        script.chmod(0o755)
        write = {"do": "write", "path": str(storage / "file"), "bytes": WRITTEN, "how": "fsync"}
        events = events or [event(sleep(20)), event(burn(60), sleep(10)), event(allocate(24, hold_ms=60)),
                            event(write, sleep(5)), event()]
        result = play(script, [*as_user, function], [{"invoke": each} for each in events], cwd=public,
                      options=["--memory", str(memory)], env={"LAMBDA_VITALS_TELEMETRY_PORT": "0"})
        assert result.status == 0, result.log + result.warnings
        assert result.warnings == ""
        check_lines(result.lines)
        assert [each["request_id"] for each in result.records] == result.request_ids
        answers = [json.loads(each["response"]) for each in result.invocations]
        return list(zip(result.records, answers))[:-1]  # the last may be cut off by SHUTDOWN

    run.vitals, run.public = vitals, public
    return run


# "cpu_total_time" and its like are absent on a busy machine.
ALWAYS = {"duration", "billed_duration", "status", "memory_peak", "used_memory_max",
          "memory_utilization", "threads_max", "processes_max", "page_faults_major", "tmp_max", "tmp_used", "tmp_free",
          "agent_cpu_time", "agent_memory_max", "sandbox_id", "trace_id"}
OF_THE_PROCESSES_OWNER = {"disk_read_bytes", "disk_write_bytes", "fd_use"}


def lines_are_correct(pairs, absent=frozenset()):
    """The present values are right, and only `absent` ones are missing."""
    (idle, _), (busy, told_busy), (big, _), (writer, told_writer) = pairs
    for record, _ in pairs:
        assert (ALWAYS | OF_THE_PROCESSES_OWNER) - set(record) == set(absent)
        assert record["status"] == "success"
        assert 0 < record["agent_memory_max"] < 2 * MEMORY_LIMIT_KB / 1024
    right_or_absent("cpu_total_time", busy, told_busy["cpuUs"] / 1000, at_most=2)
    near("memory_peak", big["memory_peak"] - idle["memory_peak"], 24, at_most=1)
    same("processes_max", idle["processes_max"], 1)
    if "disk_write_bytes" not in absent:
        same("disk_write_bytes", writer["disk_write_bytes"], told_writer["writeBytes"])


@pytest.mark.shipped("there is no library in an empty root, which a sanitizer needs")
@pytest.mark.parametrize("state", ["writable", "read-only"])
def test_in_an_empty_root(run_in, state):
    root = run_in.public / "root"
    root.mkdir()
    pairs = run_in(["unshare", "--mount", "sh", "-c", EMPTY_ROOT, "sh", root, run_in.vitals, state])
    lines_are_correct(pairs)
    assert {record["tmp_max"] for record, _ in pairs} == {8 * MB}  # its own /tmp


def test_for_a_user_without_rights_as_in_lambda(run_in):
    lines_are_correct(run_in([*NOBODY, run_in.vitals], as_user=NOBODY))


def test_a_process_that_ends_while_it_is_looked_at_hides_no_bytes(run_in):
    """Newer kernels show what a process without memory has read and written only to root. A bootstrap in shell starts
    curl for every request, so that some sample finds one that is ending."""
    shell = run_in.public / "bootstrap"
    shutil.copy(ROOT / "test" / "functions" / "shell" / "bootstrap", shell)
    pairs = run_in([*NOBODY, run_in.vitals], as_user=NOBODY, function=shell, events=[{"n": n} for n in range(60)])
    missing = [record["invocation"] for record, _ in pairs if "disk_write_bytes" not in record]
    assert missing == []


def test_what_is_another_users_is_absent_and_nothing_else(run_in):
    lines_are_correct(run_in([*NOBODY, run_in.vitals]), absent=OF_THE_PROCESSES_OWNER)


def test_where_proc_hides_the_processes_of_others(run_in):
    """Also of the sandbox's first process, the parent of the function's processes."""
    hidden = ["unshare", "--mount", "sh", "-c", HIDDEN_PROCESSES, "sh", *NOBODY, "sh", "-c", IF_HIDDEN, "sh"]
    lines_are_correct(run_in([*hidden, run_in.vitals], as_user=NOBODY))


@pytest.mark.shipped("address space is limited, of which a sanitizer takes terabytes")
def test_with_little_memory(run_in):
    limited = ["prlimit", f"--as={LIMIT_MB * MB}", f"--data={LIMIT_MB * MB}"]
    pairs = run_in([*limited, run_in.vitals], as_user=limited)
    lines_are_correct(pairs)
    assert {record["total_memory"] for record, _ in pairs} == {LIMIT_MB}
