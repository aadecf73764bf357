"""The server at the level of bytes."""

import asyncio

import pytest

from lambda_sandbox.http_server import Request, encode_answer, listen


def talk(*parts: bytes, answer: bool = True) -> tuple[bytes, list[Request]]:
    """Sends the parts a moment apart, then reads until the server has no more to say."""
    seen: list[Request] = []

    def handle(request: Request) -> None:
        seen.append(request)
        if answer:
            request.connection.send(request, encode_answer(200, b"<%s>" % request.body))

    async def conversation() -> bytes:
        server, port = await listen(handle, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for part in parts:
            writer.write(part)
            await asyncio.sleep(0.01)
        received = b""
        try:
            while data := await asyncio.wait_for(reader.read(65536), 0.05):
                received += data
        except TimeoutError:
            pass
        writer.close()
        server.close()
        return received

    return asyncio.run(conversation()), seen


def test_a_request_and_its_answer():
    received, (request,) = talk(b"GET /path HTTP/1.1\r\nHost: x\r\nA-Header:  value \r\n\r\n")
    assert (request.method, request.path, request.headers["a-header"]) == ("GET", "/path", "value")
    assert received == (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n<>")


def test_a_body_in_pieces():
    _, (request,) = talk(b"POST / HTTP/1.1\r\nContent-Len", b"gth: 10\r\n\r\n01234", b"56789")
    assert request.body == b"0123456789" and request.completed > request.arrived


def test_a_chunked_body_in_pieces():
    _, (request,) = talk(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", b"c\r\n",
                         b"A;x=y\r\n0123456789", b"\r\n0\r\nTrailer: x\r\n\r", b"\n")
    assert request.body == b"abc0123456789"


def test_one_connection_many_requests():
    one = b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n%d"
    received, seen = talk(one % 1, one % 2 + one % 3)
    assert [request.body for request in seen] == [b"1", b"2", b"3"]
    assert received.count(b"200 OK") == 3


def test_a_request_waits_for_the_answer_to_the_one_before():
    received, seen = talk(b"GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n", answer=False)
    assert [request.path for request in seen] == ["/1"] and received == b""


def test_continue_is_said_to_who_waits_for_it():
    received, (request,) = talk(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", b"ab")
    assert received.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK") and request.body == b"ab"


@pytest.mark.parametrize("request_text", [b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"])
def test_a_connection_that_is_to_be_closed(request_text):
    _, seen = talk(request_text + b"GET /more HTTP/1.1\r\n\r\n")
    assert len(seen) == 1


@pytest.mark.parametrize("text", [
    b"nonsense\r\n\r\n", b"GET /\r\n\r\n", b"GET / SPDY/1\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n", b"G" * 70000,
])
def test_what_is_no_request_gets_400(text):
    received, seen = talk(text)
    assert received.startswith(b"HTTP/1.1 400 ") and seen == []


def test_who_hangs_up_is_noticed():
    async def conversation() -> list[str]:
        happened: list[str] = []

        def handle(request: Request) -> None:
            request.on_abandoned = lambda: happened.append("abandoned")

        server, port = await listen(handle, "127.0.0.1", 0)
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        await asyncio.sleep(0.02)
        writer.close()
        await asyncio.sleep(0.02)
        server.close()
        return happened

    assert asyncio.run(conversation()) == ["abandoned"]
