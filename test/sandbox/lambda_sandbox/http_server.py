"""A small HTTP/1.1 server whose answers are plain bytes, so that they can also be wrong on purpose.

Requests of one connection are handled one after the other; a handler may answer at once or hours later (the long poll
of event/next). Head and body of an answer leave in one write: two would cost the client 40 ms of delayed ACK.
"""

import asyncio
import socket
import struct
from collections.abc import Callable

from .clock import now

TCP_REPAIR = 19  # linux/tcp.h
MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 64 * 1024 * 1024

REASONS = {
    200: "OK", 202: "Accepted", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    413: "Payload Too Large", 500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable",
}


class BadRequest(Exception):
    pass


class Request:
    __slots__ = ("method", "path", "headers", "body", "connection", "arrived", "completed", "on_abandoned")

    def __init__(self, method: str, path: str, headers: dict[str, str], connection: "Connection"):
        self.method = method
        self.path = path
        self.headers = headers
        self.body = b""
        self.connection = connection
        self.arrived = self.completed = now()
        self.on_abandoned: Callable[[], None] | None = None  # the client hung up before it had its answer


def encode_answer(status: int, body: bytes = b"", headers: str = "", content_type: str = "application/json") -> bytes:
    """`headers` are whole lines, each with its CRLF."""
    reason = REASONS.get(status, "Status")
    head = (f"HTTP/1.1 {status} {reason}\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {len(body)}\r\n{headers}\r\n")
    return head.encode("latin-1", "replace") + body


class Connection(asyncio.Protocol):
    def __init__(self, handle: Callable[[Request], None], all_of_them: "set[Connection]"):
        self._handle = handle
        self._all = all_of_them
        self._buffer = bytearray()
        self._body: _LengthBody | _ChunkedBody | None = None
        self._incoming: Request | None = None  # head read, body not yet complete
        self._outstanding: Request | None = None  # handed to the handler, not yet answered
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self._all.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._all.discard(self)
        request, self._outstanding = self._outstanding, None
        if request is not None and request.on_abandoned is not None:
            request.on_abandoned()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._outstanding is None:
            self._advance()

    def _advance(self) -> None:
        try:
            while self._outstanding is None and self._read_one():
                pass
        except BadRequest as error:
            self._buffer.clear()
            if self.transport is not None:
                self.transport.write(encode_answer(400, str(error).encode(), "Connection: close\r\n", "text/plain"))
                self.transport.close()

    def _read_one(self) -> bool:
        """Takes one request off the buffer; False when it is not all there."""
        request = self._incoming
        if request is None:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                if len(self._buffer) > MAX_HEAD_BYTES:
                    raise BadRequest("request head too long")
                return False
            request = self._parse_head(bytes(self._buffer[:end]).decode("latin-1"))
            del self._buffer[:end + 4]
            self._incoming = request
        if self._body is not None:
            if not self._body.read(self._buffer):
                self._ask_to_continue(request)
                return False
            request.body = self._body.content()
            request.completed = now()
        self._incoming = self._body = None
        self._outstanding = request
        self._handle(request)
        return True

    def _parse_head(self, head: str) -> Request:
        first, *lines = head.split("\r\n")
        parts = first.split(" ")
        if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
            raise BadRequest(f"not an HTTP/1.x request line: {first[:80]!r}")
        headers = {}
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon:
                raise BadRequest(f"not a header line: {line[:80]!r}")
            headers[name.lower()] = value.strip()
        if parts[2] == "HTTP/1.0":
            headers.setdefault("connection", "close")
        if headers.get("transfer-encoding", "").lower() == "chunked":
            self._body = _ChunkedBody()
        elif "content-length" in headers:
            self._body = _LengthBody(headers["content-length"])
        return Request(parts[0], parts[1], headers, self)

    def _ask_to_continue(self, request: Request) -> None:
        if request.headers.pop("expect", "").lower() == "100-continue" and self.transport is not None:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def send(self, request: Request, answer: bytes) -> bool:
        """Answers the outstanding request; False when the client has disconnected."""
        if self.transport is None or self._outstanding is not request:
            return False
        self.transport.write(answer)
        self.answered(request)
        return True

    def answered(self, request: Request) -> None:
        """The answer is out: the next request of this connection may be read."""
        if self._outstanding is not request:
            return
        self._outstanding = None
        if self.transport is None:
            return
        if request.headers.get("connection", "").lower() == "close":
            self._buffer.clear()
            self.transport.close()
        elif self._buffer:
            asyncio.get_running_loop().call_soon(self._advance)

    def reset(self) -> None:
        """Breaks the connection with an RST."""
        if self.transport is not None:
            sock = self.transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()


    def vanish(self) -> None:
        """Closes the connection without a word: the other side learns nothing, and waits. Takes root."""
        if self.transport is not None:
            sock = self.transport.get_extra_info("socket")
            sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
            self.transport.abort()

    def break_off(self, how: str) -> None:
        """closed, reset or dead."""
        if how == "dead":
            self.vanish()
        elif how == "reset":
            self.reset()
        elif self.transport is not None:
            self.transport.close()


class _LengthBody:
    def __init__(self, length: str):
        if not length.isdecimal() or len(length) > 20 or int(length) > MAX_BODY_BYTES:
            raise BadRequest(f"bad Content-Length {length[:40]!r}")
        self._length = int(length)
        self._content = b""

    def read(self, buffer: bytearray) -> bool:
        if len(buffer) < self._length:
            return False
        self._content = bytes(buffer[:self._length])
        del buffer[:self._length]
        return True

    def content(self) -> bytes:
        return self._content


class _ChunkedBody:
    def __init__(self) -> None:
        self._content = bytearray()
        self._missing: int | None = None  # of the current chunk with its CRLF; None: a size line is next
        self._last = False  # the empty chunk was seen, only trailers are left

    def read(self, buffer: bytearray) -> bool:
        while True:
            if self._missing is None:
                end = buffer.find(b"\r\n")
                if end < 0:
                    return False
                line = bytes(buffer[:end])
                del buffer[:end + 2]
                if self._last:
                    if not line:
                        return True
                    continue
                self._missing = self._size(line) + 2
                if self._missing == 2:
                    self._last, self._missing = True, None
                    continue
            if len(buffer) < self._missing:
                return False
            self._content += buffer[:self._missing - 2]
            del buffer[:self._missing]
            self._missing = None
            if len(self._content) > MAX_BODY_BYTES:
                raise BadRequest("request body too long")

    @staticmethod
    def _size(line: bytes) -> int:
        digits = line.split(b";")[0].strip()
        try:
            if not digits.isalnum():
                raise ValueError
            return int(digits, 16)
        except ValueError:
            raise BadRequest(f"bad chunk size {line[:40]!r}") from None

    def content(self) -> bytes:
        return bytes(self._content)


async def listen(handle: Callable[[Request], None], host: str, port: int,
                 connections: set[Connection] | None = None) -> tuple[asyncio.Server, int]:
    """Serves on host:port (0 = any free port); returns the server and its port. `connections` has those that are open."""
    loop = asyncio.get_running_loop()
    open_now = set() if connections is None else connections
    server = await loop.create_server(lambda: Connection(handle, open_now), host, port, backlog=512)
    return server, server.sockets[0].getsockname()[1]
