"""The Runtime API: invocation/next, response, error, init/error."""

import json
from collections.abc import Callable

from .api import Answer, Api, error_answer
from .clock import now
from .http_server import Request
from .invocation import Invocation

PREFIX = "/2018-06-01/runtime"
MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100
_ACCEPTED = b'{"status":"OK"}'


class RuntimeApi:
    def __init__(self, api: Api, on_change: Callable[[], None], on_done: Callable[[Invocation], None]):
        self._api = api
        self._on_change = on_change
        self._on_done = on_done
        self.reset()
        api.add("GET", f"{PREFIX}/invocation/next", "runtime-next", self._next)
        api.add("POST", f"{PREFIX}/init/error", "runtime-init-error", self._init_error)
        api.add("GET", f"{PREFIX}/restore/next", "runtime-next", self._restore_next)
        api.add("POST", f"{PREFIX}/restore/error", "runtime-init-error", self._init_error)
        api.add_invocation_verb("response", "response", self._response)
        api.add_invocation_verb("error", "response", self._error)

    def reset(self) -> None:
        self.waiting: Request | None = None
        self.waiting_to_restore: Request | None = None
        self._restored = False  # a runtime whose connection broke meanwhile asks for the restore again
        self.first_next: float | None = None
        self.init_error: str | None = None  # the errorType it reported
        self.init_error_body = b""
        self._pending: Invocation | None = None  # not handed out yet
        self._current: Invocation | None = None
        self._answered: str | None = None  # request id of the last invocation that was answered

    @property
    def ready(self) -> bool:
        return (self.waiting is not None or self.waiting_to_restore is not None) and self._pending is None

    @property
    def at_rest(self) -> bool:
        return self.waiting is not None and self._pending is None and self._current is None

    def post(self, invocation: Invocation) -> None:
        self._pending = invocation
        self._deliver()

    def restored(self) -> None:
        self._restored = True
        request, self.waiting_to_restore = self.waiting_to_restore, None
        if request is not None:
            self._api.reply("runtime-next", request, Answer(200))

    def _next(self, request: Request) -> None:
        if self.first_next is None:
            self.first_next = now()
        self.waiting = request
        request.on_abandoned = lambda: self._abandoned(request)
        invocation = self._current
        if invocation is not None and invocation.responded is not None:
            self._current = None
            self._on_done(invocation)
        if self._pending is not None:
            self._deliver()
        else:
            self._on_change()

    def _restore_next(self, request: Request) -> None:
        if self._restored:
            self._api.reply("runtime-next", request, Answer(200))
            return
        self.first_next = now()
        self.waiting_to_restore = request
        self._on_change()

    def _abandoned(self, request: Request) -> None:
        if self.waiting is request:
            self.waiting = None

    def _deliver(self) -> None:
        request, invocation = self.waiting, self._pending
        if request is None or invocation is None:
            return
        self.waiting = None
        self._hand_out(request, invocation)

    def _hand_out(self, request: Request, invocation: Invocation) -> None:
        headers = (f"Lambda-Runtime-Aws-Request-Id: {invocation.request_id}\r\n"
                   f"Lambda-Runtime-Deadline-Ms: {invocation.deadline_epoch_ms}\r\n"
                   f"Lambda-Runtime-Invoked-Function-Arn: {invocation.arn}\r\n")
        if invocation.trace_id:
            headers += f"Lambda-Runtime-Trace-Id: {invocation.trace_id}\r\n"
        self._api.reply("runtime-next", request, Answer(
            200, invocation.payload, headers, lambda: self._handed_out(invocation), only_if_intact=True))

    def _handed_out(self, invocation: Invocation) -> None:
        if self._pending is invocation:
            self._pending, self._current = None, invocation

    def _response(self, request: Request) -> Answer:
        return self._finish(request, "success", None)

    def _error(self, request: Request) -> Answer:
        error_type = request.headers.get("lambda-runtime-function-error-type") or _error_type(request.body)
        return self._finish(request, "error", error_type)

    def _finish(self, request: Request, status: str, error_type: str | None) -> Answer:
        request_id = request.path.split("/")[4]
        invocation = self._current
        if invocation is None or invocation.request_id != request_id:
            return error_answer(400, "InvalidRequestID", f"no invocation {request_id} is being worked on")
        if len(request.body) > MAX_RESPONSE_BYTES:
            message = f"a response of {len(request.body)} bytes is over the limit of {MAX_RESPONSE_BYTES}"
            answer = error_answer(413, "RequestEntityTooLarge", message)
            answer.commit = lambda: invocation.respond(
                "error", error_answer(413, "Function.ResponseSizeTooLarge", message).body,
                "Function.ResponseSizeTooLarge")
            return answer
        # A runtime whose answer got lost may post again: the second time changes nothing.
        return Answer(202, _ACCEPTED,
                      commit=lambda: invocation.respond(status, request.body, error_type, request.arrived))

    def _init_error(self, request: Request) -> Answer:
        error_type = request.headers.get("lambda-runtime-function-error-type") or _error_type(request.body)

        def commit() -> None:
            self.init_error, self.init_error_body = error_type, request.body
            self._on_change()

        return Answer(202, _ACCEPTED, commit=commit)


def _error_type(body: bytes) -> str:
    try:
        return str(json.loads(body).get("errorType") or "Runtime.Unknown").encode("utf-8", "replace").decode()
    except (ValueError, AttributeError, RecursionError):
        return "Runtime.Unknown"
