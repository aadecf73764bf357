"""The end of a sandbox's processes: SHUTDOWN, its time limit, SIGKILL."""

import os
import signal
from collections.abc import Callable

from . import process_tree
from .clock import now, wall
from .errors import EXTENSION_KILLED
from .extensions_api import Extension
from .host import Host

RUNTIME_LIMIT_MS = 500  # for a runtime that continues after the last extension has exited
KILL_LIMIT_MS = 1000


async def end_processes(host: Host, reason: str, kind: str, late_telemetry: Callable[[], None] = lambda: None) -> None:
    """`kind` is end (the runtime gets SIGTERM) or reset (it is killed). Pending telemetry follows SHUTDOWN at once."""
    began = now()
    deadline = began + host.options.shutdown_timeout * 1000
    host.closing = True
    host.crash = None
    event = {"eventType": "SHUTDOWN", "deadlineMs": int(wall(deadline)), "shutdownReason": reason}
    notified = [each for each in host.extensions if _alive(each) and "SHUTDOWN" in each.events]
    for extension in host.extensions:
        if extension in notified:
            host.extensions_api.post(extension, event)
        elif extension.process is not None and extension.process.alive:
            process_tree.kill_tree(extension.process.pid, itself=True)
    if kind == "reset":
        host.kill_runtime()
    elif host.runtime is not None and host.runtime.alive:
        process_tree.send_signal(host.runtime.pid, signal.SIGTERM)
    late_telemetry()
    host.hub.flush()

    await host.until(lambda: not any(map(_alive, host.extensions)), deadline)
    await host.until(lambda: not host.alive(), min(deadline, max(now(), began + RUNTIME_LIMIT_MS)))
    stubborn = [each for each in notified if _alive(each)]
    process_tree.kill_tree(os.getpid(), itself=False)
    await host.until(lambda: not host.alive(), now() + KILL_LIMIT_MS)
    _report(host, reason, kind, began, notified, stubborn)


def _alive(extension: Extension) -> bool:
    return extension.process is not None and extension.process.alive


def _report(host: Host, reason: str, kind: str, began: float, notified: list[Extension],
            stubborn: list[Extension]) -> None:
    extensions = {}
    for extension in host.extensions:
        process = extension.process
        if process is None:
            continue
        extensions[extension.name] = {
            "pid": process.pid, "exitCode": process.status, "killed": extension in stubborn, "notified": extension in notified,
            "afterMs": round(process.exited - began, 3) if process.exited is not None else None}
        if extension in stubborn:
            host.note_problem(EXTENSION_KILLED, f"extension {extension.name} was still running "
                              f"{host.options.shutdown_timeout:g} s after SHUTDOWN ({reason}) and was killed")
        elif extension in notified and process.status != 0:
            host.reporter.say(f"extension {extension.name} ended after SHUTDOWN with {process.describe_end()}")
    runtime = host.runtime and {"pid": host.runtime.pid, "exitCode": host.runtime.status}
    duration = round(now() - began, 3)
    host.reporter.write("shutdown", kind=kind, reason=reason, durationMs=duration, extensions=extensions,
                        runtime=runtime)
    host.reporter.detail(f"shutdown ({kind}, {reason}): {duration:.1f} ms")
