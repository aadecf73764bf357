"""Routes requests to their handlers, and lets faults come between an answer and its reader."""

import asyncio
import json
from collections.abc import Callable

from . import odd_answers
from .faults import Fault, Faults
from .http_server import Request, encode_answer

HUGE_BYTES = 10 * 1024 * 1024
DRIP_INTERVAL_S = 0.001
# Between the part of an answer that gets out and the RST: an RST may overtake what the client has not read yet.
BREAK_AFTER_S = 0.005


class Answer:
    """`commit` makes true what the answer says. With `only_if_intact` it runs only when the client has the whole
    answer: an event that was answered with a fault is not lost, the next call gets it again."""

    __slots__ = ("status", "body", "headers", "commit", "only_if_intact")

    def __init__(self, status: int, body: bytes = b"", headers: str = "",
                 commit: Callable[[], None] | None = None, only_if_intact: bool = False):
        self.status = status
        self.body = body
        self.headers = headers
        self.commit = commit
        self.only_if_intact = only_if_intact

    def encode(self) -> bytes:
        return encode_answer(self.status, self.body, self.headers)


def error_answer(status: int, error_type: str, message: str) -> Answer:
    return Answer(status, json.dumps({"errorMessage": message, "errorType": error_type}).encode())


Handler = Callable[[Request], Answer | None]  # None: the answer comes later, through Api.reply


class Api:
    def __init__(self, faults: Faults):
        self._faults = faults
        self._routes: dict[tuple[str, str], tuple[str, Handler]] = {}
        self._invocation_verbs: dict[str, tuple[str, Handler]] = {}

    def add(self, method: str, path: str, endpoint: str, handler: Handler) -> None:
        self._routes[method, path] = endpoint, handler

    def add_invocation_verb(self, verb: str, endpoint: str, handler: Handler) -> None:
        """POST …/runtime/invocation/{request id}/{verb}"""
        self._invocation_verbs[verb] = endpoint, handler

    def handle(self, request: Request) -> None:
        route = self._routes.get((request.method, request.path)) or self._find(request)
        if route is None:
            request.connection.send(request, error_answer(
                404, "NotFound", f"there is no {request.method} {request.path} here").encode())
            return
        endpoint, handler = route
        answer = handler(request)
        if answer is not None:
            self.reply(endpoint, request, answer)

    def _find(self, request: Request) -> tuple[str, Handler] | None:
        parts = request.path.split("/")
        if request.method == "POST" and len(parts) == 6 and parts[1:4] == ["2018-06-01", "runtime", "invocation"]:
            return self._invocation_verbs.get(parts[5])
        return None

    def reply(self, endpoint: str, request: Request, answer: Answer) -> None:
        fault = self._faults.for_answer(endpoint)
        if fault is None:
            if request.connection.send(request, answer.encode()) and answer.commit is not None:
                answer.commit()
        elif fault.intact:
            _send_unusually(request, answer, fault)
        else:
            # A status stands for a service that did not do its work. Any other broken answer comes from one that did.
            if fault.status is None and answer.commit is not None and not answer.only_if_intact:
                answer.commit()
            _send_broken(request, answer, fault)


def _send_unusually(request: Request, answer: Answer, fault: Fault) -> None:
    loop = asyncio.get_running_loop()
    if fault.action == "chunked":
        _finish(request, _chunked(answer), answer)
    elif fault.action == "no-headers":
        _finish(request, odd_answers.without_headers(answer.status, answer.body), answer)
        if request.connection.transport is not None:
            request.connection.transport.close()
    elif fault.action == "odd-headers":
        _finish(request, odd_answers.with_odd_headers(answer.status, answer.body, answer.headers), answer)
    elif fault.action == "past-deadline":
        _finish(request, encode_answer(answer.status, odd_answers.past_deadline(answer.body), answer.headers), answer)
    elif fault.action == "delay":
        loop.call_later(float(fault.value or 0) / 1000, _finish, request, answer.encode(), answer)
    else:
        _drip(request, answer.encode(), 0, answer)


def _finish(request: Request, data: bytes, answer: Answer) -> None:
    if request.connection.send(request, data) and answer.commit is not None:
        answer.commit()


def _drip(request: Request, data: bytes, position: int, answer: Answer) -> None:
    if position == len(data) - 1:
        _finish(request, data[position:], answer)
    elif request.connection.transport is not None:
        request.connection.transport.write(data[position:position + 1])
        asyncio.get_running_loop().call_later(DRIP_INTERVAL_S, _drip, request, data, position + 1, answer)


def _chunked(answer: Answer) -> bytes:
    head = (f"HTTP/1.1 {answer.status} OK\r\nContent-Type: application/json\r\n"
            f"Transfer-Encoding: chunked\r\n{answer.headers}\r\n").encode("latin-1")
    middle = len(answer.body) // 2
    chunks = [part for part in (answer.body[:middle], answer.body[middle:]) if part]
    return head + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in chunks) + b"0\r\n\r\n"


def _send_broken(request: Request, answer: Answer, fault: Fault) -> None:
    connection = request.connection
    data = answer.encode()
    if fault.status is not None:
        body = json.dumps({"errorMessage": f"fault {fault.spec}", "errorType": "Service.Fault"}).encode()
        connection.send(request, encode_answer(fault.status, body))
    elif fault.action == "empty":
        connection.send(request, encode_answer(200))
    elif fault.action == "garbled":
        connection.send(request, encode_answer(200, b'{"eventType": "INV\xff\xfe]]', answer.headers))
    elif fault.action == "huge":
        connection.send(request, encode_answer(200, b'{"padding":"' + b"x" * HUGE_BYTES + b'"}', answer.headers))
    elif fault.action == "repeat":
        connection.send(request, data)
    elif fault.action == "huge-headers":
        connection.send(request, odd_answers.with_huge_headers(answer.status, answer.body, answer.headers))
    elif fault.action in odd_answers.BODIES:
        connection.send(request, encode_answer(200, odd_answers.BODIES[fault.action], answer.headers))
    elif fault.action != "hang":
        how, _, part = fault.action.partition("-")
        head_end = data.index(b"\r\n\r\n") + 4
        cut = {"": 0, "header": head_end // 2, "body": head_end + len(answer.body) // 2}[part]
        _send_part(connection, data[:cut], how)


def _send_part(connection, data: bytes, how: str) -> None:
    transport = connection.transport
    if transport is None:
        return
    if data:
        transport.write(data)
    if how == "close":
        transport.close()
    elif data:
        asyncio.get_running_loop().call_later(BREAK_AFTER_S, connection.reset)
    else:
        connection.reset()
