"""The commands of the documentation do what it says they do."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from rie import emf_of, free_ports

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "local-testing.md").read_text()
SHELL_BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
BLOCKS = [block for block in SHELL_BLOCKS if "lambda-sandbox " in block]
INVOKING = [block for block in SHELL_BLOCKS if "scripts/local" in block and "--invoke" in block]
WAITING = [block for block in SHELL_BLOCKS if "scripts/local" in block and "--invoke" not in block]
SAMPLE = [block for block in SHELL_BLOCKS if "--sample" in block]
CURL = [block for block in SHELL_BLOCKS if block.startswith("curl") and ":8080" in block]  # test_container.py has Docker's


@pytest.fixture
def checkout(tmp_path, extension):
    """The folder in which the commands run: the tests, the extension as built, and the tests' Python."""
    for part in ("test", "scripts"):
        (tmp_path / part).symlink_to(ROOT / part)
    (tmp_path / "build" / "release").mkdir(parents=True)
    (tmp_path / "build" / "release" / "lambda-vitals").symlink_to(extension)
    python = tmp_path / "build" / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    python.with_name("python3").symlink_to("python")
    shutil.copy(ROOT / "test" / "requirements.txt", tmp_path / "build" / "venv")
    return tmp_path


@pytest.fixture
def environment(rie, extension):
    """In which scripts/local builds nothing and finds the tests' RIE."""
    return {**os.environ, "VITALS_BINARY": str(extension), "PATH": f"{os.path.dirname(rie)}:{os.environ['PATH']}"}


def test_every_command_of_the_page_has_its_test():
    elsewhere = [block for block in SHELL_BLOCKS if re.search(r"docker|:9000/|sam local", block)]  # test_container.py
    assert sorted(SAMPLE + BLOCKS + INVOKING + WAITING + CURL + elsewhere) == sorted(SHELL_BLOCKS)


def test_the_lambda_sandbox_commands_of_local_testing(checkout, check_lines):
    assert len(BLOCKS) == 2
    for block in BLOCKS:  # in the page's order: a later one uses what an earlier one made
        done = subprocess.run(["sh", "-euc", block], cwd=checkout, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, block + done.stderr
        assert len(check_lines(emf_of(done.stdout))) == int(re.search(r" -n (\d+) ", block)[1])


def test_the_sample_of_this_machine(checkout, check_lines):
    (checkout / "scripts").unlink()
    (checkout / "scripts").mkdir()
    (checkout / "scripts" / "demo").write_text("#!/bin/sh\n")  # it is built
    (checkout / "scripts" / "demo").chmod(0o755)
    (block,) = SAMPLE
    done = subprocess.run(["sh", "-euc", block], cwd=checkout, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert len(check_lines(done.stdout.splitlines())) == 1


def test_the_local_commands_that_invoke(checkout, environment, check_lines):
    assert len(INVOKING) == 3
    for block in INVOKING:
        done = subprocess.run(["sh", "-euc", block], cwd=checkout, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, block + done.stderr
        if "--raw" not in block:
            assert len(done.stdout.splitlines()) == 3 + 5
        else:
            raw = done.stdout or (checkout / "build" / "lines.json").read_text()
            lines = check_lines(raw.splitlines())
            assert len(lines) == (2 if "-n 2" in block else 1)
            assert ("LAMBDA_VITALS_METRICS=+memory_peak" in block) == ('"Name":"memory_peak"' in lines[0])


def test_the_local_command_that_waits_for_curl(checkout, environment):
    (command,), (curl,) = WAITING, CURL
    port = str(free_ports(1)[0])
    with (checkout / "said").open("w") as said:
        waiting = subprocess.Popen(["sh", "-euc", "exec " + command.replace("--memory", f"--port {port} --memory")], text=True,
                                   cwd=checkout, env=environment, stdout=subprocess.PIPE, stderr=said, start_new_session=True)
    try:
        end = time.monotonic() + 30
        while "Ctrl-C" not in (checkout / "said").read_text() and waiting.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        shown = re.search(r"curl -d '{}' (\S+)", (checkout / "said").read_text())[1]
        assert shown.replace(port, "8080") in curl
        answer = subprocess.run(["sh", "-euc", curl.replace("8080", port)], capture_output=True, text=True, timeout=30)
        assert '"cpuMs"' in answer.stdout
        waiting.send_signal(signal.SIGINT)
        table, _ = waiting.communicate(timeout=30)
        assert waiting.returncode == 0 and len(table.splitlines()) == 3 + 1
    finally:
        waiting.kill()
        waiting.wait()
