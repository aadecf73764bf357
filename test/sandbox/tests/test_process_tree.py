"""Finding, stopping and killing processes."""

import asyncio
import subprocess
import sys
import time

import pytest

from lambda_sandbox import process_tree

# a child, and a grandchild that left the session
TREE = "setsid sleep 60 & sleep 60 & wait"


@pytest.fixture
def tree():
    process = subprocess.Popen(["/bin/sh", "-c", TREE])
    end = time.monotonic() + 5
    while len(process_tree.descendants(process.pid)) < 2 and time.monotonic() < end:
        time.sleep(0.005)
    time.sleep(0.05)  # for the execs
    yield process.pid
    process_tree.kill_tree(process.pid, itself=True)
    process.wait()


@pytest.mark.parametrize("children_files", [True, False])
def test_descendants(tree, children_files, monkeypatch):
    monkeypatch.setattr(process_tree, "_HAS_CHILDREN_FILES", children_files)
    assert len(process_tree.descendants(tree)) == 2
    assert process_tree.descendants(2 ** 22 + 1) == []


def test_children_of_threads_are_found_too():
    code = ("import threading,subprocess,time\n"
            "t=threading.Thread(target=lambda: subprocess.run(['sleep','60'])); t.start(); t.join()")
    process = subprocess.Popen([sys.executable, "-c", code])
    end = time.monotonic() + 5
    while not process_tree.descendants(process.pid) and time.monotonic() < end:
        time.sleep(0.005)
    found = process_tree.descendants(process.pid)
    process_tree.kill_tree(process.pid, itself=True)
    process.wait()
    assert len(found) == 1


def test_freeze_and_thaw(tree):
    stopped: list[int] = []
    asyncio.run(process_tree.freeze(tree, stopped))
    assert sorted(stopped) == sorted(process_tree.descendants(tree))
    assert not any(process_tree.is_running(pid) for pid in stopped)
    process_tree.thaw(stopped)
    time.sleep(0.01)
    assert all(process_tree.is_running(pid) for pid in stopped)


def test_a_process_that_keeps_forking_is_frozen_whole():
    code = "import os,time\nwhile True:\n if os.fork()==0: time.sleep(60)\n time.sleep(0.001)"
    process = subprocess.Popen([sys.executable, "-c", code])
    time.sleep(0.15)
    stopped: list[int] = []

    async def freeze_below_us() -> None:
        process_tree.send_signal(process.pid, 19)
        await process_tree.freeze(process.pid, stopped)

    asyncio.run(freeze_below_us())
    everyone = process_tree.descendants(process.pid)
    process_tree.kill_tree(process.pid, itself=True)
    process.wait()
    assert sorted(everyone) == sorted(stopped)


def test_memory():
    code = "x=bytearray(64<<20); x[::4096]=b'1'*len(x[::4096]); del x; print(flush=True); import time; time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    process.stdout.readline()
    now_kb, peak_kb = process_tree.memory_kb(process.pid)
    process.kill()
    process.wait()
    process.stdout.close()
    assert peak_kb > 64 * 1024 > now_kb > 0
    assert process_tree.memory_kb(process.pid) == (0, 0)
