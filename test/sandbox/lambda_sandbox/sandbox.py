"""One Lambda sandbox: init, invoke, freeze and thaw, reset, shutdown."""

import asyncio
import json
import os
import random
import time

from . import process_tree, time_namespace
from .clock import now
from .ending import end_processes
from .errors import UsageError
from .host import Failure, Host
from .init_phase import initialize
from .invocation import Invocation
from .options import Options
from .processes import signal_number
from .report import Reporter
from .snapshot import Snapshot

# After so long the kernel has acknowledged all that has arrived: nothing is sent again, which would find out that the other side of
# a connection is dead.
ACKNOWLEDGED_S = 0.3
DOWN, READY, RESET = "down", "ready", "reset"  # RESET: the next invocation starts everything again


class Sandbox:
    def __init__(self, options: Options, reporter: Reporter | None = None):
        self.options = options
        self.reporter = reporter or Reporter(options.report, options.report_only, options.verbosity)
        self.host = Host(options, self.reporter)
        self.state = DOWN
        self._frozen: list[int] | None = None
        self._frozen_at = 0.0
        self._invocations = 0
        self._init_ms: float | None = None
        self._restore_ms: float | None = None
        self._first = False  # the next invocation is the first after an init
        self._snapshot: Snapshot | None = None
        self._standing: list = []  # the snapshot's subscriptions to telemetry
        self._one_at_a_time = asyncio.Lock()

    async def __aenter__(self) -> "Sandbox":
        await self.host.open()
        self.reporter.write("start", api=self.host.runtime_api_address, pid=os.getpid(),
                            extensions=[os.path.basename(path) for path in self.host.paths],
                            runtime=self.options.runtime)
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self.shutdown()
        finally:
            self.host.close()
            if self._snapshot is not None:
                self._snapshot.close()

    async def start(self) -> None:
        """The init phase of a new sandbox."""
        self.host.memory.peak_kb = 0
        self._init_ms = self._restore_ms = None
        self.host.hub.thaw()
        began = now()
        self.state = RESET
        self.host.hub.begin_init()
        failure = await initialize(self.host, "init", began + self.options.init_timeout * 1000)
        self._first = True
        if failure is not None:
            self.reporter.say(f"init failed ({failure.error_type}: {failure.message}); "
                              "the first invocation tries it again")
            await self._reset(failure)
            return
        self.state = READY
        if self.options.initialization_type == "on-demand":
            self._init_ms = now() - began
        if self.options.restore:
            await self._restore()

    async def invoke(self, payload: bytes, timeout: float | None = None, qualifier: str | None = None,
                     trace_id: str | None = None, on_response=None, request_id: str | None = None,
                     tenant_id: str | None = None) -> Invocation:
        """Invokes the function, then freezes. Invocations that come at the same time wait for each other. A request id
        that was used before makes it a retry."""
        async with self._one_at_a_time:
            if self.state == DOWN:
                await self.start()
            invocation = Invocation(payload, self.options.arn(qualifier), timeout or self.options.timeout,
                                    self._trace_id(trace_id), on_response, tenant_id=tenant_id,
                                    **({"request_id": request_id} if request_id else {}))
            await self._run(invocation)
            return invocation

    def _trace_id(self, given: str | None) -> str | None:
        if not self.options.tracing:
            return None
        return _new_trace_id() if given is None else given

    async def _run(self, invocation: Invocation) -> None:
        host = self.host
        self._invocations += 1
        self._thaw()
        host.memory.begin()
        if self.state == RESET:
            host.hub.begin_init()
        if host.hub.wanted:
            host.hub.emit("platform.start", invocation.start_record(self.options.function_version))
        failure = None
        if self.state == RESET:
            invocation.cold = True
            failure = await initialize(host, "invoke", invocation.deadline)
        elif self._first:
            invocation.cold = True
            invocation.init_ms, invocation.restore_ms = self._init_ms, self._restore_ms
        self._first = False
        if failure is None:
            self.state = READY
            host.memory.begin()  # an init inside the invocation has ended its own watch
            self._send(invocation)
            if not await host.until(self._over, invocation.deadline):
                failure = host.crash or Failure("timeout", None, "", "timeout")
        if failure is None:
            self._end(invocation)
            await self.freeze()
        else:
            await self._fail(invocation, failure)
        self._account(invocation, self._invocations)

    def _send(self, invocation: Invocation) -> None:
        """To the extensions and to the runtime at the same time, the extensions' bytes first."""
        host = self.host
        event = {"eventType": "INVOKE", "deadlineMs": invocation.deadline_epoch_ms,
                 "requestId": invocation.request_id, "invokedFunctionArn": invocation.arn}
        if invocation.trace_id:
            event["tracing"] = {"type": "X-Amzn-Trace-Id", "value": invocation.trace_id}
        invocation.sent = now()
        for extension in host.extensions:
            if "INVOKE" in extension.events:
                host.extensions_api.post(extension, event)
        host.runtime_api.post(invocation)

    def _over(self) -> bool:
        host = self.host
        return host.runtime_api.at_rest and all(extension.ready for extension in host.extensions)

    def _end(self, invocation: Invocation) -> None:
        """Everybody asked for the next event: the invocation is over, and billed up to here."""
        self._ended(invocation)
        if self.host.hub.wanted:
            self._emit_report(invocation)

    def _ended(self, invocation: Invocation) -> None:
        invocation.ended = now()
        self.host.memory.end()
        for extension in self.host.extensions:
            if "INVOKE" in extension.events and invocation.sent is not None:
                asked = extension.asked_next or 0
                invocation.next_delays_ms[extension.name] = (
                    asked - invocation.sent if asked >= invocation.sent else None)

    def _emit_report(self, invocation: Invocation) -> None:
        self.host.hub.emit("platform.report", invocation.report_record(
            self.options.memory, self.host.memory.peak_mb, self.host.managed))

    async def _fail(self, invocation: Invocation, failure: Failure) -> None:
        self.host.kill_runtime()
        message = f"RequestId: {invocation.request_id} Error: {failure.message}"
        error_type = failure.error_type or "Sandbox.Timedout"
        if failure.status == "timeout":
            message = (f"RequestId: {invocation.request_id} Error: "
                       f"Task timed out after {invocation.timeout_s:.2f} seconds")
        invocation.respond(failure.status, failure.body or _error_body(error_type, message), failure.error_type)
        invocation.status, invocation.error_type = failure.status, failure.error_type
        self._ended(invocation)

        def late_telemetry() -> None:
            if self.options.report_after_reset:
                if invocation.runtime_done is None and not self.host.managed:
                    self.host.hub.emit("platform.runtimeDone", invocation.runtime_done_record())
                self._emit_report(invocation)

        await self._reset(failure, late_telemetry)

    def _account(self, invocation: Invocation, number: int) -> None:
        self.reporter.figures.add(invocation)
        if self.reporter.wants("invocation"):
            self.reporter.write_line(invocation.report_line(number, self.host.memory.peak_mb))
        if self.reporter.detailed:
            self.reporter.detail(f"invocation {number} {invocation.request_id}: {invocation.status} "
                                 f"in {invocation.duration_ms:.2f} ms")

    # --- freeze, reset, end ------------------------------------------------------------------------------------

    async def freeze(self) -> None:
        if not self.options.freeze or self._frozen is not None or self.state != READY:
            return
        began = now()
        self.host.hub.freeze()
        self._frozen = []
        await process_tree.freeze(os.getpid(), self._frozen)
        self._frozen_at = now()
        if self.reporter.wants("freeze"):
            self.reporter.write("freeze", tookMs=round(self._frozen_at - began, 3), processes=len(self._frozen))

    def _thaw(self) -> None:
        if self._frozen is not None:
            process_tree.thaw(self._frozen)
            self._frozen = None
            if self.reporter.wants("thaw"):
                self.reporter.write("thaw", frozenMs=round(now() - self._frozen_at, 3))
        self.host.hub.thaw()

    async def _restore(self) -> None:
        """SnapStart: a snapshot is taken after the init, and the sandbox continues from it, maybe days later."""
        await self.freeze()
        if self.options.restore_by == "criu":
            process_tree.thaw(self._frozen or [])  # CRIU stops them itself, and they come back running
            self._frozen = None
            self._standing = self.host.hub.standing()
            self._snapshot = self.host.take_snapshot()
        elif self.options.connections != "kept":
            await asyncio.sleep(ACKNOWLEDGED_S)
            self.host.break_connections_of_extensions(self.options.connections)
        if self.options.clocks is not None:
            self._move_clocks()
        await asyncio.sleep(self.options.freeze_ms / 1000)
        await self._come_back()

    def _move_clocks(self) -> None:
        """A stopped process makes no call, so it goes on for this moment, in which it has nothing to do."""
        process_tree.thaw(self._frozen or [])
        self._frozen = None
        for extension in self.host.extensions:
            time_namespace.jump(extension.process.pid, *map(int, self.options.clocks.split(",")))

    async def _come_back(self) -> None:
        host = self.host
        began = now()
        if self._snapshot is not None:
            self._snapshot.restore()
        self._thaw()
        host.hub.replay_init()
        host.hub.emit("platform.restoreStart", {
            "runtimeVersion": self.options.runtime_version, "functionName": self.options.function_name,
            "functionVersion": self.options.function_version, "instanceMaxMemory": self.options.memory})
        host.runtime_api.restored()
        await host.until(lambda: host.runtime_api.at_rest, began + self.options.init_timeout * 1000)
        self._restore_ms = now() - began
        host.hub.emit("platform.restoreRuntimeDone", {"status": "success"})
        host.hub.emit("platform.restoreReport", {
            "status": "success", "metrics": {"durationMs": round(self._restore_ms, 3)}})
        self.reporter.write("restore", durationMs=round(self._restore_ms, 3))

    async def restore_again(self) -> None:
        """The end of this sandbox, and another one from its snapshot."""
        if self._snapshot is None:
            raise UsageError('the step "restore" goes with --restore-by criu')
        async with self._one_at_a_time:
            await self.shutdown()
            host = self.host
            host.begin_life()
            for process in self._snapshot.members:
                if process.name == "runtime":
                    host.runtime = process
            for extension in host.extensions:
                extension.queue.clear()
                extension.waiting = None
            host.hub.renew(self._standing)
            host.memory.peak_kb = 0
            self.state = READY
            self._first = True
            await self._come_back()

    async def reset(self, reason: str) -> None:
        """As after a failure, on request; the next invocation starts everything again."""
        async with self._one_at_a_time:
            if self.state == READY:
                self._thaw()
                await self._reset(Failure("failure", None, "", reason))

    async def _reset(self, failure: Failure, late_telemetry=lambda: None) -> None:
        self.state = RESET
        await end_processes(self.host, failure.shutdown_reason, "reset", late_telemetry)
        self.host.hub.freeze()  # nobody is there to listen before the next init

    async def shutdown(self, reason: str | None = None) -> None:
        """The end of this sandbox. An invocation after it begins a new one."""
        self._thaw()
        if self.state == DOWN and not self.host.alive():
            return
        self.state = DOWN
        if self.host.alive():
            await end_processes(self.host, reason or self.options.shutdown_reason, "end")
        self.host.hub.close()

    def signal(self, name: str, signal_name: str) -> None:
        """Sends a signal to the runtime, an extension by its name, or all extensions ("extension")."""
        number = signal_number(signal_name)
        targets = [self.host.runtime] if name == "runtime" else [
            each.process for each in self.host.extensions if name in ("extension", each.name)]
        for process in targets:
            if process is not None and process.alive:
                process_tree.send_signal(process.pid, number)
                self.reporter.write("signal", process=process.name, pid=process.pid, signal=number.name)


def _error_body(error_type: str, message: str) -> bytes:
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode()


def _new_trace_id() -> str:
    return (f"Root=1-{int(time.time()):08x}-{random.getrandbits(96):024x};"
            f"Parent={random.getrandbits(64):016x};Sampled=1")
