"""Answers that are strange in what they say rather than in how they arrive."""

import json

from .http_server import REASONS

HUGE_HEADER_BYTES = 64 * 1024
LARGE_HEADER_BYTES = 4 * 1024
HUGE_ID_BYTES = 100_000
DEPTH = 10_000

# In the place of an event: 200 and this body.
BODIES = {
    "unknown": b'{"eventType":"HIBERNATE","deadlineMs":1,"requestId":"00000000-0000-0000-0000-000000000000"}',
    "memberless": b'{"eventType":"INVOKE"}',
    "huge-id": b'{"eventType":"INVOKE","requestId":"%s"}' % (b"7" * HUGE_ID_BYTES),
    "not-utf8": b'{"eventType":"INVOKE","requestId":"\xff\xfe\x80","deadlineMs":1}',
    "deep": b'{"eventType":"INVOKE","requestId":' + b"[" * DEPTH + b"]" * DEPTH + b"}",
}


def without_headers(status: int, body: bytes) -> bytes:
    """The body ends where the connection does."""
    return f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}\r\n\r\n".encode() + body


def with_odd_headers(status: int, body: bytes, headers: str) -> bytes:
    """Valid HTTP: no reason, names in lower case, spaces, duplicates, nothing, a long one."""
    ours = "".join(f"{name.lower()}:\t {value.strip()} \r\n"
                   for name, _, value in (line.partition(":") for line in headers.splitlines()))
    return (f"HTTP/1.1 {status} \r\nX-Nothing:\r\nX-Twice: a\r\nX-Twice: b\r\nx-long: {'y' * LARGE_HEADER_BYTES}\r\n"
            f"{ours}content-length:{len(body)}\r\n\r\n").encode("latin-1") + body


def with_huge_headers(status: int, body: bytes, headers: str) -> bytes:
    return (f"HTTP/1.1 {status} OK\r\nX-Huge: {'y' * HUGE_HEADER_BYTES}\r\n{headers}"
            f"Content-Length: {len(body)}\r\n\r\n").encode("latin-1") + body


def past_deadline(body: bytes) -> bytes:
    try:
        event = json.loads(body)
    except ValueError:
        return body
    return json.dumps({**event, "deadlineMs": 1}).encode() if isinstance(event, dict) else body
