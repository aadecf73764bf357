"""--cpu-quota: extensions and runtime in a CPU cgroup of the memory size."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lambda_sandbox import cpu_group
from lambda_sandbox.cpu_group import CpuGroup, Hierarchy, NoCpuGroup
from lambda_sandbox.run import TOOL, command


@pytest.fixture
def quotas():
    try:
        CpuGroup(128).close()
    except NoCpuGroup as error:
        pytest.skip(str(error))


def groups() -> set[str]:
    hierarchy = cpu_group.find_hierarchy()
    return {path.name for path in Path(hierarchy.own).glob(cpu_group.PREFIX + "*")}


def group_of(pid: object) -> str:
    text = Path(f"/proc/{pid}/cgroup").read_text()
    return next((word for word in text.replace("\n", "/").split("/") if word.startswith(cpu_group.PREFIX)), "")


def test_cpu_time_is_that_of_the_memory_size(world, quotas):
    """30 ms of CPU take 415 ms at 128 MB, in steps of 20 ms."""
    seen = world.add_extension().run("-n", 3, "--payload", '{"cpu_s": 0.03}', "--memory", 128, "--cpu-quota", "--timeout", 20)
    assert seen.exit_code == 0
    assert all(350 <= each["durationMs"] for each in seen.invocations), seen.invocations


def test_extensions_and_runtime_share_a_group_that_goes_with_the_sandbox(world, quotas):
    with world.add_extension().listening("--memory", "512", "--cpu-quota") as sandbox:
        report = sandbox.report()
        init = next(line for line in report if line["type"] == "init")
        mine, = {group_of(init["runtime"]["pid"]), group_of(init["extensions"]["fake"]["pid"])}
        assert mine in groups() and not group_of(sandbox.process.pid)
        assert mine in sandbox.invoke({"cgroup": True})
        limit = Path(cpu_group.find_hierarchy().own, mine)
        if (limit / "cpu.max").exists():
            assert (limit / "cpu.max").read_text().split() == ["5788", "20000"]
            assert (limit / "cpu.weight").read_text().strip() == "10000"
        else:
            assert (limit / "cpu.cfs_quota_us").read_text().strip() == "5788"
            assert (limit / "cpu.shares").read_text().strip() == "262144"
            assert (limit / "cpu.cfs_period_us").read_text().strip() == "20000"
    assert sandbox.result.exit_code == 0 and mine not in groups()


def test_the_next_group_removes_what_a_killed_sandbox_left(world, quotas):
    process = subprocess.Popen(command(world.extensions, world.runtime, ["--cpu-quota", "--listen", "0"],
                                       world.folder / "report"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 10
    while '"listening"' not in _text(world.folder / "report") and time.monotonic() < end:
        time.sleep(0.01)
    left = {name for name in groups() if _processes_of(name) & _family(process.pid)}
    process.kill()
    process.wait()
    assert left
    while left & groups() and time.monotonic() < end:
        CpuGroup(128).close()
        time.sleep(0.05)
    assert not left & groups()


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _processes_of(name: str) -> set[int]:
    return set(map(int, _text(Path(cpu_group.find_hierarchy().own, name, "cgroup.procs")).split()))


def _family(pid: int) -> set[int]:
    return set(map(int, _text(Path(f"/proc/{pid}/task/{pid}/children")).split()))


def test_a_group_in_use_is_not_stale(quotas):
    first, second = CpuGroup(128), CpuGroup(128)
    assert {os.path.basename(first.path), os.path.basename(second.path)} <= groups()
    first.close()
    second.close()


def test_where_no_group_can_be_created_it_says_what_it_needs():
    hidden = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /sys/fs/cgroup && exec "$@"', "sh"]
    if subprocess.run([*hidden, "true"], capture_output=True).returncode:
        pytest.skip("no mount namespace can be created: it needs root (in a container: --privileged)")
    done = subprocess.run([*hidden, sys.executable, str(TOOL), "--cpu-quota", "--", "true"], capture_output=True, text=True,
                          timeout=30)
    assert done.returncode == 1 and "--cpu-quota: no CPU quota can be set: /sys/fs/cgroup" in done.stderr
    assert "it needs root and a writable /sys/fs/cgroup" in done.stderr and "Traceback" not in done.stderr


MOUNTINFO = {
    "first": "30 1 0:26 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n",
    "hybrid": "29 1 0:25 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
              "30 1 0:26 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
              "31 1 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
    "second": "30 1 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
    "container": "30 1 0:26 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n",
    "memory": "31 1 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
}


@pytest.mark.parametrize("mounts, own, expected", [
    ("first", "3:cpu,cpuacct:/\n", Hierarchy("/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", False)),
    ("hybrid", "3:cpu,cpuacct:/a/b\n0::/\n",
     Hierarchy("/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct/a/b", False)),
    ("second", "0::/system.slice/ci.service\n",
     Hierarchy("/sys/fs/cgroup", "/sys/fs/cgroup/system.slice/ci.service", True)),
    ("second", "0::/../../outside\n", Hierarchy("/sys/fs/cgroup", "/sys/fs/cgroup", True)),
    ("container", "3:cpu:/docker/abc\n", Hierarchy("/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu", False)),
    ("memory", "3:memory:/\n", None),
])
def test_the_hierarchy_with_the_cpu_controller_is_found(tmp_path, mounts, own, expected):
    (tmp_path / "mountinfo").write_text(MOUNTINFO[mounts])
    (tmp_path / "cgroup").write_text(own)
    assert cpu_group.find_hierarchy(str(tmp_path)) == expected
