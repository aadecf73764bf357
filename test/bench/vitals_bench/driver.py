"""Runs one program under bench-driver, in a PID namespace of its own: /proc then holds what a sandbox holds, not what
else runs on this machine."""
import json
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


def drive(command, *, seconds=300, **options) -> dict:
    """`command` is the program with its arguments; options as of `bench-driver --help`, with _ for -."""
    words = []
    for name, value in options.items():
        if value is not False and value is not None:
            words += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
    try:
        run = subprocess.run(["setpriv", "--pdeathsig", "KILL", *enter(), str(RELEASE / "bench-driver"), *words, "--",
                              *map(str, command)], capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise DriverError(f"{command[0]} took more than {seconds} s") from None
    if run.returncode:
        raise DriverError(f"{' '.join(map(str, command))}: {run.stderr.strip() or f'exit status {run.returncode}'}")
    result = json.loads(run.stdout)
    expected = options.get("invocations", 1000)
    if expected and result["lines"] < expected:
        raise DriverError(f"{command[0]} wrote {result['lines']} lines for {expected} invocations")
    return result
