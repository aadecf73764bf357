"""The client that posts telemetry: one keep-alive connection, one request at a time."""

import asyncio
import socket
import struct

from .http_server import TCP_REPAIR


class Poster(asyncio.Protocol):
    """Posts bodies to one address. Any failure is a ConnectionError, and the next post connects again."""

    def __init__(self, host: str, port: int, path: str, authority: str):
        self._host, self._port = host, port
        self._head = (f"POST {path} HTTP/1.1\r\nHost: {authority}\r\n"
                      "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n")
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._answer: asyncio.Future[int] | None = None

    async def send(self, body: bytes) -> asyncio.Future[int]:
        """Sends one request; the future gets the status of the answer."""
        loop = asyncio.get_running_loop()
        if self._transport is None:
            await loop.create_connection(lambda: self, self._host, self._port)
        if self._transport is None:
            raise ConnectionError("the subscriber closed the connection at once")
        self._answer = loop.create_future()
        self._transport.write((self._head % len(body)).encode("latin-1") + body)
        return self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._transport = None
        self._fail("closed")

    def break_off(self, how: str) -> None:
        """closed, reset or dead, as in http_server.Connection."""
        if self._transport is None:
            return
        sock = self._transport.get_extra_info("socket")
        if how == "dead":
            sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
        elif how == "reset":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self._buffer.clear()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._fail(f"the subscriber closed the connection ({exc or 'end of stream'})")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._buffer[:end]).decode("latin-1").lower()
        length = _body_length(head)
        if length is None:
            # Chunked or up to the end of the stream: the status is all that matters, so the connection is given up.
            self._resolve(head)
            self.close()
        elif len(self._buffer) >= end + 4 + length:
            del self._buffer[:end + 4 + length]
            self._resolve(head)
            if "\r\nconnection: close" in head:
                self.close()

    def _resolve(self, head: str) -> None:
        answer, self._answer = self._answer, None
        if answer is None or answer.done():
            return
        try:
            answer.set_result(int(head.split(" ", 2)[1]))
        except (ValueError, IndexError):
            answer.set_exception(ConnectionError(f"not an HTTP answer: {head[:80]!r}"))

    def _fail(self, message: str) -> None:
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(ConnectionError(message))
            answer.exception()  # seen: whoever waited for it may have been cancelled


def _body_length(head: str) -> int | None:
    status = head.split(" ", 2)[1:2]
    for line in head.split("\r\n")[1:]:
        name, _, value = line.partition(":")
        if name == "content-length" and value.strip().isdecimal():
            return int(value)
        if name == "transfer-encoding":
            return None
    return 0 if status == ["204"] else None
