"""The claims of docs/security.md, checked from outside, under strace."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from faults import work

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "security.md"
SECRETS = {name: f"PLANTED-{number:02}-7c1f-{name[::-1]}" for number, name in enumerate((
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "DATABASE_PASSWORD", "LD_LIBRARY_PATH", "HOME",
    "_X_AMZN_TRACE_ID", "LAMBDA_VITAL", "lambda_vitals_namespace", "AWS_LAMBDA_VITALS_KEY"))}
# Calls that create, change or remove a file, or start a process.
WRITING = {"creat", "mkdir", "mkdirat", "mknod", "mknodat", "unlink", "unlinkat", "rmdir", "rename", "renameat", "renameat2",
           "link", "linkat", "symlink", "symlinkat", "truncate", "ftruncate", "chmod", "fchmod", "fchmodat", "chown",
           "fchown", "fchownat", "utimensat", "setxattr", "fork", "vfork", "clone", "clone3", "execveat", "ptrace",
           "process_vm_readv", "process_vm_writev", "kill", "tkill", "setuid", "setgid", "capset", "mount"}

# strace attaches from the side (-D), so that the extension keeps its place below the sandbox.
pytestmark = pytest.mark.skipif(
    not shutil.which("strace") or subprocess.run(["strace", "-D", "-o", "/dev/null", "true"], capture_output=True).returncode,
    reason="strace is missing, or this user may not trace")


class Trace:
    """The system calls of the extension, from its exec on."""

    CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*)$")

    def __init__(self, path):
        self.text = path.read_text(errors="replace")
        calls = [match for match in map(self.CALL.match, self.text.splitlines()) if match]
        # setup's shell is not traced: strace's first call is the exec of the extension.
        self.calls = [(match[1], match[2]) for match in calls]

    @property
    def names(self):
        return {name for name, _ in self.calls}

    def arguments(self, *names):
        return [arguments for name, arguments in self.calls if name in names]


SCENES = {
    "telemetry": {},
    "sync": {"env": {"LAMBDA_VITALS_EMIT": "sync"}},
    "no telemetry": {"options": ["--telemetry", "off"]},
    "broken answers": {"options": ["--fault", "api:next=reset@every:2", "--fault", "api:telemetry=500"]},
    "no freeze, long": {"steps": [work(150, count=2)], "options": ["--no-freeze"]},
    "full output": {"setup": "exec >/dev/full"},
    "terminated": {"steps": [work(20), {"signal": {"process": "extension", "signal": "TERM"}}, {"sleep_ms": 200}]},
}


FILES_OF_A_FIELD = {"disk_read_bytes": "io", "disk_write_bytes": "io", "memory_peak": "status"}
FILES_OF_EVERY_RECORD = {"stat", "statm", "fd", "limits"}  # those of a process


SHIPPED = pytest.mark.shipped("system calls, files and secrets under strace: a sanitizer has its own of all three")


@pytest.fixture
def trace_of(survive, tmp_path):
    """The trace of a whole run, with secrets in every place that the extension might read."""
    def live(*, setup=":", env=None, steps=None, **scene):
        trace_file = tmp_path / "trace"
        setup += f'\nexec strace -D -f -s 65536 -o {trace_file} "$@"'
        env = {**SECRETS, "LAMBDA_VITALS_LOG_LEVEL": "trace", **(env or {})}
        seen = survive.play(steps or [work(20, count=4)], setup=setup, env=env, **scene)
        assert seen.run.status in (0, 5), seen.run.log + seen.run.warnings  # 5: it exits on SIGTERM, as it should
        result = Trace(trace_file)
        result.seen = seen
        assert len(result.calls) > 90
        return result
    return live


@pytest.fixture(params=[pytest.param(scene, marks=SHIPPED) for scene in SCENES])
def trace(request, trace_of):
    return trace_of(**SCENES[request.param])


def listed():
    """The system calls in the table of docs/security.md."""
    text = DOCS.read_text().partition("## System calls")[2].partition("\n## ")[0]
    return {name for row in text.splitlines() if row.startswith("|") for name in re.findall(r"`(\w+)`", row.split("|")[1])}


def test_no_other_system_calls_than_listed(trace):
    assert trace.names <= listed(), trace.names - listed()
    assert not listed() & WRITING


def test_no_secret_is_read_or_reported(trace):
    """Nothing that it wrote, sent, received or opened contains one: strace shows whole buffers."""
    everything = trace.text + trace.seen.run.output + trace.seen.warnings
    assert not [value for value in SECRETS.values() if value in everything]
    assert "environ" not in everything.replace('"environment', "")
    assert "/cmdline" not in everything


def test_no_file_is_written_and_no_process_started(trace):
    assert not trace.names & WRITING
    assert len(trace.arguments("execve")) == 1
    opened = [each for each in trace.arguments("open", "openat") if re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC", each)]
    assert all('"/proc/self/fd/1"' in each for each in opened), opened
    written = {int(each.split(",")[0]) for each in trace.arguments("write")}
    own = {int(each.rsplit("= ", 1)[1].split()[0]) for name, each in trace.calls
           if name in ("eventfd2", "openat", "timerfd_create") and re.search(r"= \d+$", each)}
    own |= {int(each) for pair in trace.arguments("pipe2") for each in re.findall(r"\d+", pair.partition("]")[0])}
    assert written <= {1, 2} | own


@SHIPPED
@pytest.mark.parametrize("env", [
    {}, {"LAMBDA_VITALS_RECORD": "compact"},
    *({"LAMBDA_VITALS_RECORD": "compact", "LAMBDA_VITALS_METRICS": f"+{field}"} for field in FILES_OF_A_FIELD),
], ids=lambda env: " ".join(env.values()) or "full")
def test_no_file_is_read_that_no_field_on_the_line_needs(trace_of, env):
    trace = trace_of(env=env)
    record = trace.seen.run.records[-1]
    opened = {match[1] for each in trace.arguments("openat") if (match := re.search(r'"\d+/(\w+)"', each))}
    for field, file in FILES_OF_A_FIELD.items():
        wanted = {other for other, its in FILES_OF_A_FIELD.items() if its == file} & set(record)
        assert (file in opened) == bool(wanted), (file, wanted)
        assert field in record or "compact" in env.values()
    # smaps_rollup: of functions with several processes, also for used_memory_max.
    assert "stat" in opened
    assert opened <= FILES_OF_EVERY_RECORD | set(FILES_OF_A_FIELD.values()) | {"smaps_rollup", "schedstat"}
    assert ("schedstat" in opened) == ("compact" not in env.values())  # of cpu_wait_time, which may be absent all the same


def test_it_talks_to_nobody_but_the_runtime_api(trace):
    api = trace.seen.run.report[0]["api"].rpartition(":")[2]
    connected = [each for each in trace.arguments("connect")]
    assert connected and all(f"htons({api})" in each and "127.0.0.1" in each for each in connected)
    assert not trace.arguments("sendmmsg")


def test_it_needs_no_right(survive):
    """No capability; runs as nobody."""
    if os.geteuid() != 0:
        pytest.skip("taking rights away needs root")
    survive(setup='exec setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs --bounding-set -all "$@"')


def test_register_goes_out_before_anything_else_is_set_up(trace):
    """The platform answers while the extension opens what it needs."""
    names = [name for name, _ in trace.calls]
    sent = next(index for index, (name, arguments) in enumerate(trace.calls)
                if name == "sendto" and "POST /2020-01-01/extension/register" in arguments)
    assert sent < min(names.index(name) for name in ("openat", "epoll_create1", "eventfd2"))
