"""A small HTTP client and server side for the fakes: quick to start, and honest about broken answers."""

import os
import socket
import time


class Broken(Exception):
    """The answer is not a complete HTTP answer."""


def read_message(sock: socket.socket) -> tuple[str, dict[str, str], bytes]:
    """First line, headers and body of the next message."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _receive(sock)
    head, _, rest = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        while not rest.endswith(b"0\r\n\r\n"):
            rest += _receive(sock)
        return first, headers, _unchunk(rest)
    while len(rest) < int(headers.get("content-length", 0)):
        rest += _receive(sock)
    return first, headers, rest


def _receive(sock: socket.socket) -> bytes:
    data = sock.recv(1 << 20)
    if not data:
        raise Broken("end of stream")
    return data


def _unchunk(data: bytes) -> bytes:
    body = b""
    while True:
        size, _, data = data.partition(b"\r\n")
        count = int(size, 16)
        if count == 0:
            return body
        body, data = body + data[:count], data[count + 2:]


class Client:
    """Keeps its connection; `retries` makes it try again what failed."""

    def __init__(self, retries: int = 0):
        self._retries = retries
        self._sock: socket.socket | None = None
        self.failures = 0

    def call(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None,
             good=lambda status, headers, body: status < 500) -> tuple[int, dict[str, str], bytes]:
        for attempt in range(self._retries + 1):
            try:
                answer = self._once(method, path, body, headers or {})
                if good(*answer):
                    return answer
            except (Broken, OSError):
                self._sock = None
                if attempt == self._retries:
                    raise
            self.failures += 1
            time.sleep(0.002)
        return answer

    def _once(self, method: str, path: str, body: bytes, headers: dict[str, str]):
        if self._sock is None:
            host, _, port = os.environ["AWS_LAMBDA_RUNTIME_API"].partition(":")
            self._sock = socket.create_connection((host, int(port)))
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._sock.sendall(f"{method} {path} HTTP/1.1\r\nHost: api\r\n{lines}"
                           f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        first, answer_headers, answer_body = read_message(self._sock)
        return int(first.split()[1]), answer_headers, answer_body
