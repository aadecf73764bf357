"""Lambda Managed Instances: one environment, many invocations at once, no freeze.

Telemetry has platform.start and platform.report for each, and no runtimeDone. A timeout ends its invocation only; the
worker goes on. The exit of the runtime or of an extension ends the environment.
"""

import asyncio
import json

from .clock import now
from .ending import end_processes
from .host import Failure
from .init_phase import initialize
from .invocation import Invocation
from .sandbox import DOWN, READY, Sandbox


class ManagedSandbox(Sandbox):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._places = asyncio.Semaphore(self.options.concurrency)
        self._starting = asyncio.Lock()
        self._in_flight: dict[str, tuple[Invocation, asyncio.Future]] = {}
        self.host.on_crash = self._crashed

    async def start(self) -> None:
        began = now()
        self.host.hub.begin_init()
        failure = await initialize(self.host, "init", began + self.options.init_timeout * 1000)
        if failure is not None:
            await end_processes(self.host, failure.shutdown_reason, "reset")
            return
        self.state = READY

    async def invoke(self, payload: bytes, timeout: float | None = None, qualifier: str | None = None,
                     trace_id: str | None = None, on_response=None, request_id: str | None = None,
                     tenant_id: str | None = None) -> Invocation:
        async with self._places:
            async with self._starting:
                if self.state == DOWN:
                    await self.start()
            invocation = Invocation(payload, self.options.arn(qualifier), timeout or self.options.timeout,
                                    self._trace_id(trace_id), None, tenant_id=tenant_id,
                                    **({"request_id": request_id} if request_id else {}))
            over: asyncio.Future = asyncio.get_running_loop().create_future()
            invocation.on_response = lambda one: (on_response and on_response(one), over.done() or over.set_result(None))
            await self._go(invocation, over)
            return invocation

    async def _go(self, invocation: Invocation, over: asyncio.Future) -> None:
        host = self.host
        self._invocations += 1
        number = self._invocations
        self._in_flight[invocation.request_id] = invocation, over
        host.hub.emit("platform.start", invocation.start_record(self.options.function_version)
                      | {"functionArn": invocation.arn})
        invocation.sent = now()
        if self.state == READY:
            host.runtime_api.post(invocation)
        else:
            self._fail(invocation, Failure("failure", "Runtime.ExitError", "the environment did not start", "failure"))
        try:
            await asyncio.wait_for(asyncio.shield(over), max(0.0, invocation.deadline - now()) / 1000)
        except TimeoutError:
            host.runtime_api.give_up(invocation)
            self._fail(invocation, Failure("timeout", "Sandbox.Timedout",
                                           f"Task timed out after {invocation.timeout_s:.2f} seconds", "timeout"))
        self._in_flight.pop(invocation.request_id, None)
        invocation.ended = now()
        if self.state == READY or self.options.report_after_reset:
            self._emit_report(invocation)
        self._account(invocation, number)

    def _fail(self, invocation: Invocation, failure: Failure) -> None:
        body = json.dumps({"errorType": failure.error_type, "errorMessage": failure.message}).encode()
        invocation.respond(failure.status, body, failure.error_type)

    def _crashed(self, failure: Failure) -> None:
        """The runtime or an extension has exited: the end of the environment, and of all that is in flight."""
        if self.state != READY:
            return
        self.state = DOWN
        for invocation, _ in list(self._in_flight.values()):
            self._fail(invocation, failure)
        self._ending = asyncio.get_running_loop().create_task(self._end_environment(failure.shutdown_reason))

    async def _end_environment(self, reason: str) -> None:
        async with self._starting:
            await end_processes(self.host, reason, "reset")
            self.host.hub.close()

    async def reset(self, reason: str) -> None:
        self._crashed(Failure("failure", None, "", reason))
        await self._ending

    async def shutdown(self, reason: str | None = None) -> None:
        """Whatever is in flight ends with it."""
        await super().shutdown(reason)
        for invocation, _ in list(self._in_flight.values()):
            self._fail(invocation, Failure("failure", "Runtime.ExitError", "the environment has ended", "failure"))

    async def freeze(self) -> None:
        """An environment is never frozen."""
