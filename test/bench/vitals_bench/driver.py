"""Runs one program under bench-driver, in a PID namespace of its own: /proc then holds what a sandbox holds, not what
else runs on this machine."""
import json
import select
import subprocess

from .places import RELEASE
from namespaces import NamespacesError, commands


class DriverError(Exception):
    """A run came to nothing; the text says why."""


def enter():
    try:
        return commands()[0]
    except NamespacesError as error:
        raise DriverError(str(error)) from None


def command_of(program, options) -> list[str]:
    """bench-driver with `program` (with its arguments; none: --no-extension). Options as of `bench-driver --help`, with _
    for -."""
    words = []
    for name, value in options.items():
        if value is not False and value is not None:
            words += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
    return ["setpriv", "--pdeathsig", "KILL", *enter(), str(RELEASE / "bench-driver"), *words,
            *(["--", *map(str, program)] if program else ["--no-extension"])]


def drive(program, *, seconds=300, **options) -> dict:
    """What bench-driver reports of a whole run, see command_of."""
    name = " ".join(map(str, program or ["no extension"]))
    try:
        run = subprocess.run(command_of(program, options), capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise DriverError(f"{name} took more than {seconds} s") from None
    if run.returncode:
        raise DriverError(f"{name}: {run.stderr.strip() or f'exit status {run.returncode}'}")
    result = json.loads(run.stdout)
    expected = options.get("invocations", 1000) if program else 0
    if expected and result["lines"] < expected:
        raise DriverError(f"{name} wrote {result['lines']} lines for {expected} invocations")
    return result


class Paced:
    """A bench-driver that waits for each invocation, see command_of."""

    def __init__(self, program, **options):
        self._name = " ".join(map(str, program or ["no extension"]))
        self._process = subprocess.Popen(command_of(program, {**options, "paced": True}), stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def invoke(self, number, seconds=60) -> dict:
        """The sample of one invocation; `number` is its place in the even spread of --cpu-quota."""
        try:
            self._process.stdin.write(f"{number}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # standard error says why
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            self._process.kill()
            _, errors = self._process.communicate()
            raise DriverError(f"{self._name}: {errors.strip() or f'no invocation within {seconds} s'}")
        return json.loads(line)
