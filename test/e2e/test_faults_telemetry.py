"""The fault matrix, 2: input of the telemetry listener, to which anything in the sandbox can connect (faults.py
says what every row asserts)."""
import contextlib
import itertools
import json
import random
import socket
import threading
import time

import pytest

from conftest import FUNCTIONS, PYTHON_RUNTIME
from faults import work
from rie import free_ports
from sanitized import REPORTS

MB = 1 << 20
LONGER = [work(2000)] if REPORTS else []  # with a sanitizer, reading takes ten times as long
STEPS = [work(20, count=15), *LONGER]  # a third of a second in which the disturber is at work
FEW = [work(20, count=4), *LONGER]
HEAD = "POST / HTTP/1.1\r\nHost: sandbox.localdomain\r\nContent-Type: application/json\r\n"


def number(_, counter=itertools.count()):  # noqa: B008: one for all
    return str(next(counter))


def connect(port, seconds=5):
    return socket.create_connection(("127.0.0.1", port), timeout=seconds)


def event(kind="platform.start", request_id="11111111-1111-1111-1111-111111111111", record=None):
    return {"time": "2026-01-01T00:00:00.000Z", "type": kind, "record": record or {"requestId": request_id}}


def batch_of(size):
    """A valid JSON array of about this many bytes."""
    one = json.dumps(event(), separators=(",", ":"))
    return ("[" + ",".join([one] * (size // (len(one) + 1))) + "]").encode()


def post(sock, body):
    """Sends it all, and returns the status of the answer."""
    sock.sendall(HEAD.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    answer = b""
    while b"\r\n\r\n" not in answer:
        more = sock.recv(4096)
        if not more:
            raise ConnectionError("no answer")
        answer += more
    return int(answer.split()[1])


def posts(*bodies):
    """A disturber that posts the bodies over one connection; each must be answered 200, or it would be delivered again forever."""
    def disturb(scene):
        with connect(scene.port, 20) as sock:
            assert [post(sock, body) for body in bodies] == [200] * len(bodies)
    return disturb


@pytest.mark.parametrize("size", [
    MB, MB + 1000, pytest.param(64 * MB, marks=pytest.mark.shipped("64 MB take a sanitizer longer than the run is"))])
def test_a_large_batch(survive, size):
    survive(STEPS, disturb=posts(batch_of(size), b"[]"), patience_ms=1000)


@pytest.mark.parametrize("body", [
    b"", b"[", b"]", b"{}", b"nonsense", b"\xff\xfe\x00", b"[" * 100_000, b'[{"a":' * 100_000, b"[" + b'"' * 99_999,
    b"[" + b'{"time":' * 100_000, b'[{"type":"platform.report","record":{"requestId":"' + b"x" * 500_000 + b'"}}]',
    b'[{"time":"\xed\xa0\x80","type":"platform.start","record":{"requestId":"\xff"}}]',
    b"[" + b",".join([b"null", b"1e999", b"-0", b"[]", b'"x"']) + b"]",
    json.dumps([event("platform.report", record={"requestId": "1", "metrics": {"durationMs": 1e308}})] * 50).encode(),
], ids=number)
def test_a_garbled_batch(survive, body):
    survive(FEW, disturb=posts(body, body))


def test_a_broken_event_costs_no_other(survive):
    """Every second event of the platform's own batches is broken."""
    seen = survive([work(60, count=6)], options=["--fault", "telemetry:garble=0.5", "--seed", "3"])
    assert any("status" in record for record in seen.records)


@pytest.mark.parametrize("chunk", [b"1\r\nx\r\n", b"10000\r\n" + b"[" * 65536 + b"\r\n"])
def test_a_batch_that_never_ends(survive, chunk):
    def disturb(scene):
        with connect(scene.port) as sock, contextlib.suppress(OSError):
            sock.sendall(HEAD.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
            while not scene.over.is_set():
                sock.sendall(chunk)
    survive(STEPS, disturb=disturb, patience_ms=1000)


@pytest.mark.parametrize("head", [
    b"\x00" * 4096, b"GET / HTTP/1.1\r\n\r\n", b"POST / HTTP/9.9\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", b"POST / HTTP/1.1\r\nX: " + b"y" * MB + b"\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"POST / HTTP/1.1\r\n" + b"A: b\r\n" * 100_000, b"\x16\x03\x01\x02\x00",
], ids=number)
def test_what_is_no_request(survive, head):
    def disturb(scene):
        for _ in range(20):
            with connect(scene.port) as sock, contextlib.suppress(OSError):
                sock.sendall(head)
                sock.settimeout(0.05)
                sock.recv(100)
    survive(FEW, disturb=disturb)


@pytest.mark.parametrize("version,header,kept", [
    ("1.1", "", True), ("1.1", "Connection: close\r\n", False),
    ("1.0", "", False), ("1.0", "Connection: keep-alive\r\n", True),
])
def test_a_connection_is_kept_as_its_peer_wishes(survive, version, header, kept):
    seen = []

    def disturb(scene):
        with connect(scene.port, 20) as sock:
            for _ in range(2):
                sock.sendall(f"POST / HTTP/{version}\r\nHost: a\r\n{header}Content-Length: 2\r\n\r\n[]".encode())
                answer = b""
                while b"\r\n\r\n" not in answer and (more := sock.recv(4096)):
                    answer += more
                seen.append(answer)
                if not kept:
                    seen.append(sock.recv(4096))
                    return
    survive(STEPS, disturb=disturb)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    close = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    assert seen == ([answer, answer] if kept else [close, b""])


def test_a_flood_at_full_speed(survive):
    """Four connections that post as fast as they can, all the time."""
    body = batch_of(20_000)

    def flood(scene):
        with contextlib.suppress(OSError), connect(scene.port) as sock:
            while not scene.over.is_set():
                post(sock, body)

    def disturb(scene):
        for _ in range(4):
            threading.Thread(target=flood, args=(scene,), daemon=True).start()
    survive(STEPS, disturb=disturb, patience_ms=1000)


def test_a_thousand_connections(survive):
    """Most of them are silent. The platform's own telemetry still comes through."""
    def disturb(scene):
        held = []
        with contextlib.suppress(OSError):
            for _ in range(1000):
                held.append(connect(scene.port))
        assert len(held) == 1000
        time.sleep(0.3)
        for sock in held:
            sock.close()
    seen = survive([work(60, count=10)], disturb=disturb)
    assert seen.records[-2]["status"] == "success"


def test_slowloris(survive):
    """Twenty heads and bodies, byte by byte."""
    def disturb(scene):
        socks = [connect(scene.port) for _ in range(20)]
        text = (HEAD + "Content-Length: 100000\r\n\r\n").encode() + b" " * 100
        for number in range(len(text)):
            for sock in socks:
                with contextlib.suppress(OSError):
                    sock.send(text[number:number + 1])
            if scene.over.wait(0.005):
                return
    survive(STEPS, disturb=disturb)


def test_connections_that_break_off(survive):
    chance = random.Random(5)
    body = HEAD.encode() + b"Content-Length: 20000\r\n\r\n" + batch_of(20_000)

    def disturb(scene):
        while not scene.over.is_set():
            with contextlib.suppress(OSError), connect(scene.port) as sock:
                sock.sendall(body[:chance.randrange(len(body))])
    survive(STEPS, disturb=disturb, patience_ms=1000)


def forged(request_id):
    report = {"durationMs": 1e9, "billedDurationMs": -5, "memorySizeMB": 10**18, "maxMemoryUsedMB": -1, "initDurationMs": 7}
    return [event("platform.runtimeDone", request_id, {"requestId": request_id, "status": "success", "metrics": report}),
            event("platform.report", request_id, {"requestId": request_id, "status": "nonsense\n\"", "metrics": report}),
            event("platform.start", request_id), event("platform.restoreStart", record={"a": 1}),
            event("platform.logsDropped", record={"reason": "\n\u2028" * 200}), event("platform.initStart", record={})]


def test_forged_telemetry_makes_no_line_and_no_malformed_one(survive):
    """The function itself, or anything else in the sandbox, sends false telemetry about real and invented invocations."""
    def disturb(scene):
        chance = random.Random(6)
        with connect(scene.port) as sock:
            while not scene.over.is_set():
                ids = [f"{chance.getrandbits(32):08x}-forged", "\" , \n", "x" * 256, ""]
                with contextlib.suppress(ConnectionError):
                    post(sock, json.dumps(forged(chance.choice(ids))).encode())
    survive(STEPS, disturb=disturb, patience_ms=1000)


@pytest.mark.parametrize("telemetry", ["on", "refused"])
@pytest.mark.parametrize("emit", ["async", "sync"])
def test_a_function_that_lies_about_itself(survive, emit, telemetry):
    """It falsifies its own line and nothing else. Without a subscription, forged telemetry makes the extension wait for nothing."""
    (port,) = free_ports(1)
    kinds = ["platform.start", "platform.runtimeDone", "platform.report", "platform.restoreStart"]
    steps = [{"invoke": {"types": kinds[:count], "sleepMs": 30}} for count in (4, 2, 1, 3, 0, 4)]
    survive(steps, env={"LAMBDA_VITALS_EMIT": emit, "LAMBDA_VITALS_TELEMETRY_PORT": port}, runtime=PYTHON_RUNTIME,
            cwd=FUNCTIONS / "forger", options=["--fault", "api:telemetry=403"] if telemetry == "refused" else [],
            patience_ms=1000)


def test_the_port_is_taken(survive):
    with socket.create_server(("0.0.0.0", 0)) as taken:
        seen = survive(env={"LAMBDA_VITALS_TELEMETRY_PORT": taken.getsockname()[1]})
    assert all(record["status"] == "success" for record in seen.records)
