"""The Runtime API of Managed Instances: many workers poll at once, and an invocation is over when it has its answer."""

from collections import deque

from .api import Answer, error_answer
from .clock import now
from .http_server import Request
from .invocation import Invocation
from .runtime_api import RuntimeApi


class ManagedRuntimeApi(RuntimeApi):
    def reset(self) -> None:
        super().reset()
        self._idle: deque[Request] = deque()
        self._waiting: deque[Invocation] = deque()
        self._running: dict[str, Invocation] = {}

    @property
    def ready(self) -> bool:
        return self.first_next is not None

    @property
    def at_rest(self) -> bool:
        return not self._waiting and not self._running

    def post(self, invocation: Invocation) -> None:
        self._waiting.append(invocation)
        self._deliver()

    def give_up(self, invocation: Invocation) -> None:
        """Its answer is not waited for any longer."""
        self._running.pop(invocation.request_id, None)
        if invocation in self._waiting:
            self._waiting.remove(invocation)

    def _next(self, request: Request) -> None:
        if self.first_next is None:
            self.first_next = now()
        request.on_abandoned = lambda: request in self._idle and self._idle.remove(request)
        self._idle.append(request)
        self._deliver()
        self._on_change()

    def _deliver(self) -> None:
        while self._idle and self._waiting:
            self._hand_out(self._idle.popleft(), self._waiting.popleft())

    def _handed_out(self, invocation: Invocation) -> None:
        self._running[invocation.request_id] = invocation

    def _finish(self, request: Request, status: str, error_type: str | None) -> Answer:
        request_id = request.path.split("/")[4]
        invocation = self._running.pop(request_id, None)
        if invocation is None:
            return error_answer(400, "InvalidRequestID", f"no invocation {request_id} is being worked on")
        return Answer(202, b'{"status":"OK"}',
                      commit=lambda: invocation.respond(status, request.body, error_type, request.arrived))
