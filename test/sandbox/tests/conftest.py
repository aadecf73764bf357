import json
import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
FAKES = HERE / "fakes"

from lambda_sandbox.run import Result, listening, run  # noqa: E402


class World:
    """A folder of fake extensions and a fake runtime, and the tool run over them."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.extensions = folder / "extensions"
        self.extensions.mkdir()
        (folder / "runtime").symlink_to(FAKES / "runtime.py")
        self.runtime = [sys.executable, str(folder / "runtime")]

    def add_extension(self, name: str = "fake") -> "World":
        (self.extensions / name).symlink_to(FAKES / "extension.py")
        return self

    def add_script(self, name: str, text: str, mode: int = 0o755) -> "World":
        path = self.extensions / name
        path.write_text(text)
        path.chmod(mode)
        return self

    def _environment(self, extension: dict | None, runtime: dict | None) -> list[str]:
        return ["--extension-env", f"FAKE_EXTENSION={json.dumps(extension or {})}",
                "--runtime-env", f"FAKE_RUNTIME={json.dumps(runtime or {})}"]

    def run(self, *options: object, extension: dict | None = None, runtime: dict | None = None,
            script: list[dict] | None = None, env: dict[str, str] | None = None) -> "Seen":
        return Seen(run(self.extensions, self.runtime, [*self._environment(extension, runtime), *map(str, options)],
                        script=script, timeout=40, env=env))

    def listening(self, *options: object, extension: dict | None = None, runtime: dict | None = None):
        return listening(self.extensions, self.runtime, [*self._environment(extension, runtime), *map(str, options)])


class Seen:
    """A result, with what the fakes saw."""

    def __init__(self, result: Result):
        self.result = result
        self.exit_code, self.stderr = result.exit_code, result.stderr
        self.invocations, self.summary, self.of_type = result.invocations, result.summary, result.of_type
        self.reported = [json.loads(line) for line in result.lines if line.startswith("{")]

    def by(self, name: str, key: str) -> list:
        """What one fake reported under this key, in order."""
        return [line[key] for line in self.reported if line["from"] == name and key in line]

    def events(self, name: str = "fake") -> list[dict]:
        return self.by(name, "event")

    def event_types(self, name: str = "fake") -> list[str]:
        return [event["eventType"] for event in self.events(name)]

    def telemetry(self, name: str = "fake") -> list[dict]:
        return [event for line in self.reported if line["from"] == name and line.get("status") == 200
                for event in line.get("telemetry", [])]

    def records(self, event_type: str, name: str = "fake") -> list[dict]:
        return [event["record"] for event in self.telemetry(name) if event["type"] == event_type]

    def when(self, matches) -> float:
        """The moment a fake first reported a line that matches."""
        return next(line["at"] for line in self.reported if matches(line))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture(autouse=True)
def nobody_left_behind(tmp_path: Path):
    """Whatever a test did, no process of the fakes may outlive it."""
    yield
    left = [pid for pid in os.listdir("/proc") if pid.isdecimal() and bytes(tmp_path) in _command_line(pid)]
    assert left == []


def _command_line(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
