"""--listen: invocations over HTTP, at the path the Runtime Interface Emulator uses."""

import asyncio
import json

from .http_server import Request, encode_answer, listen
from .invocation import Invocation
from .sandbox import Sandbox

PATH = "/2015-03-31/functions/{name}/invocations"


class InvokeEndpoint:
    def __init__(self, sandbox: Sandbox, on_broken):
        self._sandbox = sandbox
        self._on_broken = on_broken  # an invocation raised: the sandbox cannot go on
        self._tasks: set[asyncio.Task] = set()
        self._answered: set[asyncio.Task] = set()

    async def open(self, port: int) -> int:
        self._server, port = await listen(self._handle, "127.0.0.1", port)
        return port

    async def close(self) -> None:
        """Lets an invocation whose caller has its response come to its end, and gives up the others."""
        self._server.close()
        for task in self._tasks - self._answered:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _handle(self, request: Request) -> None:
        path, _, query = request.path.partition("?")
        parts = path.split("/")
        if request.method != "POST" or len(parts) != 5 or parts[2] != "functions" or parts[4] != "invocations":
            body = json.dumps({"errorMessage": f"POST to {PATH.format(name='function')}"}).encode()
            request.connection.send(request, encode_answer(404, body))
            return
        qualifier = next((part[10:] for part in query.split("&") if part.startswith("Qualifier=")), None)
        task = asyncio.get_running_loop().create_task(self._invoke(request, qualifier))
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def _invoke(self, request: Request, qualifier: str | None) -> None:
        task = asyncio.current_task()
        assert task is not None

        def respond(invocation: Invocation) -> None:
            headers = f"X-Amzn-RequestId: {invocation.request_id}\r\n"
            if invocation.status != "success":
                headers += "X-Amz-Function-Error: Unhandled\r\n"
            request.connection.send(request, encode_answer(200, invocation.response or b"", headers))
            self._answered.add(task)


        await self._sandbox.invoke(request.body, qualifier=qualifier, on_response=respond,
                                   trace_id=request.headers.get("x-amzn-trace-id"))

    def _done(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        self._answered.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._on_broken(task.exception())
