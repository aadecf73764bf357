"""availability_zone comes from Lambda's metadata endpoint, which may answer, hang, refuse or talk nonsense."""
import contextlib
import json
import socket
import threading

import pytest

TOKEN = "s3cr3t.t0ken-of-the-sandbox"
ZONE = json.dumps({"AvailabilityZoneID": "use1-az1"}).encode()
INVOKE = {"invoke": {"sleepMs": 40}}
LONG = {"invoke": {"sleepMs": 250}}  # more than the extension waits


def answer(body, status=200):
    return lambda request: b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


@contextlib.contextmanager
def endpoint(reply):
    """Serves `reply(request)`, or with None nothing at all, and gives its address and the requests that came."""
    requests, open_connections = [], []
    with socket.create_server(("127.0.0.1", 0)) as server:
        def serve():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    open_connections.append(connection)
                    request = connection.recv(65536)
                    requests.append(request)
                    text = reply(request)
                    if text is not None:
                        connection.sendall(text)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}", requests
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)
    for connection in open_connections:
        connection.close()


@pytest.fixture
def zones(play):
    def run(address, steps=(INVOKE, LONG, INVOKE), on="true", **settings):
        run = play(list(steps), env={"LAMBDA_VITALS_AVAILABILITY_ZONE": on, "AWS_LAMBDA_METADATA_API": address,
                                     "AWS_LAMBDA_METADATA_TOKEN": TOKEN, "LAMBDA_VITALS_LOG_LEVEL": "trace"}, **settings)
        assert run.status == 0 and [each["request_id"] for each in run.records] == run.request_ids
        assert TOKEN not in run.warnings + run.output + run.log
        return [each.get("availability_zone") for each in run.records], run
    return run


def test_it_is_asked_for_once_a_sandbox_and_stands_on_what_follows(zones):
    with endpoint(answer(ZONE)) as (address, requests):
        found, _ = zones(address, [INVOKE, INVOKE, INVOKE, {"shutdown": "spindown"}, INVOKE, INVOKE, INVOKE])
    assert found[0] is found[3] is None
    assert found[2] == found[5] == "use1-az1" and set(found) == {None, "use1-az1"}
    assert len(requests) == 2
    for request in requests:
        line, *headers = request.decode().split("\r\n")
        assert line == "GET /2026-01-15/metadata/execution-environment HTTP/1.1"
        assert f"Authorization: Bearer {TOKEN}" in headers and f"Host: {address}" in headers


def test_after_a_restore_it_is_that_of_the_restored_sandbox(zones):
    with endpoint(answer(ZONE)) as (address, requests):
        found, _ = zones(address, options=["--initialization-type", "snap-start", "--restore"])
    assert found[2] == "use1-az1" and len(requests) == 1


@pytest.mark.parametrize("reply", [
    lambda request: None, answer(b"<html>"), answer(b'{"AvailabilityZoneID":"%s"}' % (b"z" * 200)), answer(ZONE, 403),
    answer(b""), lambda request: b"no HTTP at all\r\n\r\n", lambda request: answer(request)(request),
    answer(b'{"AvailabilityZoneID":"' + TOKEN.encode() + b'."}'), lambda request: b"HTTP/1.1 200 OK\r\nX-Echo: " + request,
], ids=["hangs", "rubbish", "too-long", "403", "empty", "not-http", "echo", "token-as-zone", "echo-in-header"])
def test_without_a_good_answer_it_is_absent_and_nothing_waits(zones, reply):
    with endpoint(reply) as (address, requests):
        found, run = zones(address)
    assert found == [None] * 3 and len(requests) == 1
    assert "availability_zone is absent: " in run.warnings
    assert min(each["extensions"]["lambda-vitals"]["nextDelayMs"] for each in run.invocations[1:]) < 90


def test_an_answer_after_100_ms_is_too_late(zones):
    release = threading.Event()
    with endpoint(lambda request: release.wait(0.4) and None or answer(ZONE)(request)) as (address, _):
        found, run = zones(address, [INVOKE, LONG, LONG, INVOKE])
    assert found == [None] * 4 and "in 100 ms" in run.warnings


@pytest.mark.parametrize("address", ["127.0.0.1:1", "metadata.local:80", "", "127.0.0.1"])
def test_without_an_endpoint_it_is_absent(zones, address):
    found, run = zones(address)
    assert found == [None] * 3 and "availability_zone is absent: " in run.warnings


def test_it_is_not_asked_for_unless_it_is_wanted(zones):
    with endpoint(answer(ZONE)) as (address, requests):
        assert set(zones(address, on="false")[0]) == {None}
        assert not requests
