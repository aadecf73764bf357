"""What the end-to-end tests share: the binary under test, the validator, and functions in both sandboxes.

    VITALS_BINARY     the extension (default build/release/lambda-vitals)
    VITALS_VALIDATOR  reads lines, exits with 1 on a fault (default build/release/emf-validate)
    VITALS_RIE        the Runtime Interface Emulator; without it the tests that need one are skipped
"""
import json
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))
sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "scripts" / "lib"))

import recorded  # noqa: E402
import sandbox as lambda_sandbox  # noqa: E402
import sanitized  # noqa: E402
from faults import PEAKS, Matrix  # noqa: E402
from namespaces import own_processes  # noqa: E402
from rie import Rie  # noqa: E402
from sanitized import no_report  # noqa: E402, F401

ROOT = pathlib.Path(__file__).resolve().parents[2]
FUNCTIONS = ROOT / "test" / "functions"
PYTHON_RUNTIME = [sys.executable, "-m", "awslambdaric", "app.handler"]
RUNTIMES = {"python": (PYTHON_RUNTIME, FUNCTIONS / "demo"), "shell": (["./bootstrap"], FUNCTIONS / "shell")}


def pytest_configure(config):
    config.addinivalue_line("markers", "socket_diagnostics: needs the kernel's NETLINK_SOCK_DIAG, which qemu-user lacks")
    config.addinivalue_line("markers", "shipped(why): only for the shipped binary, left out where sanitizers watch another")


def pytest_collection_modifyitems(config, items):
    sanitized.leave_out(config, items)


def _built(variable, name):
    path = pathlib.Path(os.environ.get(variable) or ROOT / "build" / "release" / name)
    if not path.exists():
        pytest.exit(f"{path} is not built; scripts/test builds it", returncode=1)
    return path


@pytest.fixture(scope="session")
def extension():
    return _built("VITALS_BINARY", "lambda-vitals")


@pytest.fixture(scope="session")
def rie():
    path = os.environ.get("VITALS_RIE")
    if not path:
        pytest.skip("there is no Runtime Interface Emulator")
    return path


@pytest.fixture(scope="session")
def check_lines():
    """Fails unless every one of the lines is a valid EMF event of Lambda Vitals, and returns them."""
    validator = _built("VITALS_VALIDATOR", "emf-validate")

    def check(lines):
        text = "".join(line + "\n" for line in lines)
        run = subprocess.run([validator, "--strict"], input=text, capture_output=True, text=True, timeout=60)
        assert run.returncode == 0, run.stdout + run.stderr
        return lines

    return check


@pytest.fixture(scope="session")
def records(extension, check_lines):
    """What five functions leave in their logs."""
    return [json.loads(line) for line in check_lines(recorded.record(extension))]


@pytest.fixture(scope="session")
def managed_records(extension, check_lines):
    return [json.loads(line) for line in check_lines(recorded.record_managed(extension))]


@pytest.fixture(scope="session")
def survive(extension, check_lines):
    """The fault matrix: plays steps with test/tools/workload under a fault, and asserts what faults.py promises for it."""
    return Matrix(extension, _built("VITALS_WORKLOAD", "workload"), check_lines)


@pytest.fixture
def play(extension, check_lines):
    """Plays steps with the Python function, or another `runtime`, in lambda-sandbox; every line that comes out is checked."""

    def run(steps, **settings):
        settings.setdefault("cwd", FUNCTIONS / "demo")
        settings.setdefault("through", own_processes())
        result = lambda_sandbox.play(extension, settings.pop("runtime", PYTHON_RUNTIME), steps, **settings)
        if result.lines:
            check_lines(result.lines)
        return result

    return run


@pytest.fixture
def live(extension):
    """Starts a lambda-sandbox with the Python function, to be invoked step by step."""
    return lambda **settings: lambda_sandbox.LiveSandbox(
        extension, PYTHON_RUNTIME, cwd=FUNCTIONS / "demo", **settings)


@pytest.fixture
def under_rie(rie, extension):
    """Starts the real RIE with one of the functions: under_rie("python", timeout=2)."""

    def start(runtime, **settings):
        command, directory = RUNTIMES[runtime]
        return Rie(rie, extension, command, cwd=directory, **settings)

    return start


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["peaks"] = PEAKS


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    PEAKS.extend(map(tuple, getattr(node, "workeroutput", {}).get("peaks", ())))


def pytest_terminal_summary(terminalreporter):
    sanitized.tell_left_out(terminalreporter)
    if PEAKS:
        most, row = max(PEAKS)
        terminalreporter.write_line(f"fault matrix: {len(PEAKS)} runs of the extension, resident memory {most / 1024:.2f} MB "
                                    f"at most ({row})")
