"""The parts of a sandbox wired together, and the one place where its life waits for something to happen."""

import asyncio
import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from . import environment, process_tree
from .api import Api
from .clock import now
from .cpu_group import CpuGroup, NoCpuGroup
from .errors import EXTENSION_CRASH, INTERNAL_ERROR, Fatal, UsageError
from .extensions_api import Extension, ExtensionsApi
from .faults import Faults
from .http_server import Connection, listen
from .invocation import Invocation
from .managed_runtime_api import ManagedRuntimeApi
from .memory import MemoryMonitor
from .options import MANAGED, Options
from .processes import Process, Processes
from .report import Reporter
from .runtime_api import RuntimeApi
from .snapshot import Snapshot
from .telemetry import TelemetryHub
from .telemetry_api import TelemetryApi


@dataclass
class Failure:
    """Why an init or an invocation came to a bad end."""

    status: str  # of telemetry: failure, timeout, error
    error_type: str | None
    message: str
    shutdown_reason: str
    body: bytes = b""  # what the caller gets, if not the message


class Host:
    def __init__(self, options: Options, reporter: Reporter):
        self.options = options
        self.reporter = reporter
        self.paths = options.extension_paths()
        self.faults = Faults(options.fault, options.seed, self._fault_fired)
        self.hub = TelemetryHub(self.faults)
        api = Api(self.faults)
        self._api = api
        self.extensions_api = ExtensionsApi(api, options, self.changed)
        self.managed = options.initialization_type == MANAGED
        runtime_api = ManagedRuntimeApi if self.managed else RuntimeApi
        self.runtime_api = runtime_api(api, self.changed, self._runtime_done)
        self.instance_id = f"{time.strftime('%Y/%m/%d')}/{options.function_name}[1]{uuid.uuid4().hex}"
        self.on_crash: Callable[[Failure], None] | None = None
        self.telemetry_api = TelemetryApi(api, options, self.extensions_api, self.hub, self._subscribed)
        self.memory = MemoryMonitor(options.memory, options.enforce_memory, self._function_pids, self._out_of_memory)
        self.runtime: Process | None = None
        self.crash: Failure | None = None
        self.closing = False  # processes are expected to exit
        self.problem: tuple[int, str] | None = None  # the first thing that makes the exit status non-zero
        self._memory_exceeded = False
        self._goal: Callable[[], bool] | None = None
        self._reached: asyncio.Future[bool] | None = None
        self._outputs: dict[str, int | None] = {}
        self._connections: set[Connection] = set()

    async def open(self) -> None:
        try:
            self._server, self.port = await listen(self._api.handle, "127.0.0.1", self.options.api_port,
                                                   self._connections)
        except OSError as error:
            raise UsageError(f"--api-port {self.options.api_port}: {os.strerror(error.errno or 0)}; "
                             "0 takes a free one") from None
        for name in ("extension_stdout", "extension_stderr", "runtime_stdout", "runtime_stderr"):
            self._outputs[name] = _open_output(getattr(self.options, name), name)
        self._cpu_group = _open_cpu_group(self.options)
        self.processes = Processes(self._exited, self._cpu_group)

    def close(self) -> None:
        self.hub.close()
        self.memory.close()
        self._server.close()
        self.processes.close()
        if self._cpu_group is not None:
            self._cpu_group.close()
        for descriptor in self._outputs.values():
            if descriptor is not None:
                os.close(descriptor)

    # --- waiting -----------------------------------------------------------------------------------------------

    async def until(self, goal: Callable[[], bool], deadline: float) -> bool:
        """Waits for the goal; False when the deadline or a crash came first."""
        if self.crash is not None:
            return False
        if goal():
            return True
        loop = asyncio.get_running_loop()
        reached = self._reached = loop.create_future()
        self._goal = goal
        timer = loop.call_later(max(0.0, deadline - now()) / 1000, _resolve, reached, False)
        try:
            return await reached
        finally:
            timer.cancel()
            if self._reached is reached:
                self._goal = self._reached = None

    def changed(self) -> None:
        """Something happened that a goal or a failure may depend on."""
        if self._reached is None:
            return
        if self.crash is not None:
            _resolve(self._reached, False)
        elif self._goal is not None and self._goal():
            _resolve(self._reached, True)

    # --- processes ---------------------------------------------------------------------------------------------

    @property
    def extensions(self) -> list[Extension]:
        return self.extensions_api.extensions

    def alive(self) -> list[Process]:
        mine = [extension.process for extension in self.extensions] + [self.runtime]
        return [process for process in mine if process is not None and process.alive]

    def start_extensions(self) -> None:
        self.extensions_api.replace([Extension(path) for path in self.paths])
        settings = environment.for_extensions(self.options, self.runtime_api_address)
        for extension in self.extensions:
            extension.process = self.processes.start(
                extension.name, [extension.path], settings, "/",
                self._outputs["extension_stdout"], self._outputs["extension_stderr"])

    def start_runtime(self) -> None:
        self.runtime = self.processes.start(
            "runtime", self.options.runtime, environment.for_runtime(self.options, self.runtime_api_address),
            os.path.abspath(self.options.task_root), self._outputs["runtime_stdout"], self._outputs["runtime_stderr"],
            at_once=True)

    @property
    def runtime_api_address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def begin_life(self) -> None:
        self.runtime = None
        self.crash = None
        self.closing = False
        self._memory_exceeded = False
        self.runtime_api.reset()

    def break_connections_of_extensions(self, how: str) -> None:
        for extension in self.extensions:
            if extension.waiting is not None:
                extension.waiting.connection.break_off(how)
        self.hub.break_off(how)

    def take_snapshot(self) -> Snapshot:
        """Ends all processes, which its restore() brings back."""
        outputs = sorted({each for each in self._outputs.values() if each is not None})
        snapshot = Snapshot(self.processes, self.alive(), outputs)
        for connection in list(self._connections):
            connection.vanish()
        self.hub.break_off("dead")
        return snapshot

    def kill_runtime(self) -> None:
        if self.runtime is not None and self.runtime.alive:
            process_tree.kill_tree(self.runtime.pid, itself=True)

    def note_problem(self, exit_code: int, message: str) -> None:
        self.reporter.error(message)
        self.reporter.write("problem", exitCode=exit_code, message=message)
        if self.problem is None:
            self.problem = exit_code, message

    def _exited(self, process: Process) -> None:
        of_this_life = process is self.runtime or any(each.process is process for each in self.extensions)
        if of_this_life and not self.closing and self.crash is None:
            self.crash = self._runtime_crash(process) if process is self.runtime else self._extension_crash(process)
            if self.on_crash is not None:
                self.on_crash(self.crash)
        self.changed()

    def _runtime_crash(self, process: Process) -> Failure:
        if self._memory_exceeded:
            return Failure("failure", "Runtime.OutOfMemory", "Runtime exited with error: signal: killed", "failure")
        if self.runtime_api.init_error is not None:
            return Failure("error", self.runtime_api.init_error, f"Runtime exited with {process.describe_end()}",
                           "failure", self.runtime_api.init_error_body)
        message = "Runtime exited without providing a reason"
        if process.status != 0:
            message = f"Runtime exited with error: {process.describe_end()}"
        return Failure("failure", "Runtime.ExitError", message, "failure")

    def _extension_crash(self, process: Process) -> Failure:
        extension = next(each for each in self.extensions if each.process is process)
        said = f" after it reported {extension.error_type}" if extension.error_type else ""
        self.note_problem(EXTENSION_CRASH, f"extension {process.name} exited before SHUTDOWN with "
                                           f"{process.describe_end()}{said} (Extension.Crash); see what it printed")
        return Failure("failure", extension.error_type or "Extension.Crash", process.describe_end(), "failure")

    def _function_pids(self) -> list[int]:
        if self.runtime is None or not self.runtime.alive:
            return []
        return [self.runtime.pid, *process_tree.descendants(self.runtime.pid)]

    def _out_of_memory(self) -> None:
        self._memory_exceeded = True
        self.kill_runtime()

    # --- what the APIs tell ------------------------------------------------------------------------------------

    def _runtime_done(self, invocation: Invocation) -> None:
        invocation.runtime_done = now()
        if self.hub.wanted and not self.managed:
            self.hub.emit("platform.runtimeDone", invocation.runtime_done_record())

    def _subscribed(self, extension: Extension, destination, types: list[str]) -> None:
        self.hub.emit("platform.telemetrySubscription",
                      {"name": extension.name, "state": "Subscribed", "types": types})
        self.reporter.write("subscription", extension=extension.name, port=destination.port, types=types)

    def _fault_fired(self, fault) -> None:
        if self.reporter.wants("fault"):
            self.reporter.write("fault", fault=fault.spec, fired=fault.fired)


def _resolve(future: asyncio.Future, value: bool) -> None:
    if not future.done():
        future.set_result(value)


def _open_cpu_group(options: Options) -> CpuGroup | None:
    try:
        return CpuGroup(options.memory) if options.cpu_quota else None
    except NoCpuGroup as error:
        raise Fatal(INTERNAL_ERROR, f"--cpu-quota: {error}") from None


def _open_output(path: str | None, name: str) -> int | None:
    if path is None:
        return None
    try:
        return os.open(os.devnull if path == "null" else path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    except OSError as error:
        raise UsageError(f"--{name.replace('_', '-')} {path}: {error.strerror}") from None
