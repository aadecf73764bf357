"""The fault matrix, 1: the Extensions API misbehaves (faults.py says what every row asserts)."""
import json
import socket
import subprocess
import time

import pytest

from faults import MEMORY_LIMIT_KB, request_counts, work

WHOLE = ["chunked", "drip", "odd-headers", "no-headers", "delay:100"]
BROKEN = ["500", "503", "reset", "reset-header", "reset-body", "close", "close-header", "close-body", "empty", "garbled",
          "huge", "huge-headers"]
ODD_EVENTS = ["unknown", "memberless", "huge-id", "not-utf8", "deep"]


@pytest.mark.parametrize("action", WHOLE + BROKEN)
def test_register(survive, action):
    """An unusual answer is accepted; after a broken one the request is repeated."""
    always = action in WHOLE and action != "no-headers"  # the identifier is a header
    survive(options=["--fault", f"api:register={action}" + ("" if always else "@times:1")])


def test_register_answered_after_nine_seconds(survive):
    survive(options=["--fault", "api:register=delay:9000"])


@pytest.mark.parametrize("status", [400, 403, 404])
def test_register_refused(survive, status):
    """Then the extension has no purpose: it reports the refusal and exits, as documented."""
    run = survive.play([work()], options=["--fault", f"api:register={status}"]).run
    (shutdown,) = run.of_type("shutdown")[:1]
    assert run.status == 5 and shutdown["extensions"]["lambda-vitals"]["exitCode"] == 1
    assert str(status) in run.warnings and run.lines == []


@pytest.mark.parametrize("action", ["500", "empty", "reset"])
def test_register_that_never_succeeds(survive, action):
    """Five attempts, then as above."""
    run = survive.play([work()], options=["--fault", f"api:register={action}"]).run
    assert run.status == 5 and run.of_type("shutdown")[0]["extensions"]["lambda-vitals"]["exitCode"] == 1
    assert "cannot register" in run.warnings
    assert list(request_counts(run).values()) == [10]  # the sandbox repeats the init


@pytest.mark.parametrize("action", WHOLE + BROKEN + ODD_EVENTS + ["past-deadline"])
def test_next(survive, action):
    """Every second answer; SHUTDOWN's are among them."""
    survive([work(count=5)], options=["--fault", f"api:next={action}@every:2"],
            slower_ms=1000 if action == "drip" else 200)  # byte by byte takes that long


@pytest.mark.parametrize("action", ["500", "reset", "close-body", "huge", "unknown", "memberless", "repeat"])
def test_next_that_stays_broken_is_not_asked_for_at_full_speed(survive, action):
    """No other event arrives, so the invocation times out. When the API works again, everything is as before."""
    seen = survive.play([work(), {"fault": f"api:next={action}"}, {**work(), "timeout": 0.5}, {"clear_faults": True}, work()],
                        options=["--shutdown-timeout", "0.5"])
    run = seen.run
    assert [each["status"] for each in run.invocations] == ["success", "timeout", "success"], run.log
    assert 3 <= request_counts(run)[f"api:next={action}"] <= 25  # 0, 10, 20, 40 … ms in a second, and SHUTDOWN's
    assert {run.request_ids[0], run.request_ids[2]} <= {each["request_id"] for each in run.records}
    assert seen.high_water_kb < MEMORY_LIMIT_KB


@pytest.mark.parametrize("action", [*WHOLE, *BROKEN, "400", "403", "hang", "delay:700", "unknown", "deep"])
def test_the_telemetry_subscription(survive, action):
    survive(options=["--fault", f"api:telemetry={action}"])


@pytest.mark.parametrize("endpoint", ["init-error", "exit-error"])
@pytest.mark.parametrize("action", ["hang", "reset", "huge", "deep"])
def test_errors_that_cannot_be_reported(survive, endpoint, action):
    """The extension ends in the same way and as fast."""
    run = survive.play([work()], options=["--fault", "api:register=403", "--fault", f"api:{endpoint}={action}"]).run
    assert run.of_type("shutdown")[0]["extensions"]["lambda-vitals"]["exitCode"] == 1


def test_shutdown_comes_first(survive):
    run = survive.play([{"reset": "spindown"}]).run
    assert run.status == 0 and run.lines == []


@pytest.mark.parametrize("reason", ["spindown", "timeout", "failure", "", "\\u0000", "x" * 3000])
def test_shutdown_with_any_reason_and_its_deadline_past(survive, reason):
    seen = survive([work(count=2)], options=["--shutdown-reason", reason, "--fault", "api:next=past-deadline"])
    assert seen.run.of_type("shutdown")[-1]["extensions"]["lambda-vitals"]["afterMs"] < 500
    # The extension waits for the last report, which comes after SHUTDOWN: a past deadline shows that the wall clock is wrong.
    assert "billed_duration" in seen.records[-1]


@pytest.fixture(scope="module", autouse=True)
def lonely(extension, tmp_path_factory):
    """An extension whose API becomes unreachable after the first INVOKE. Detecting it takes half a minute, so it is started
    before all other tests here and checked after them."""
    folder = tmp_path_factory.mktemp("lonely")
    with socket.create_server(("127.0.0.1", 0)) as server, (folder / "out").open("wb") as out, \
            (folder / "err").open("wb") as err:
        environment = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.getsockname()[1]}", "LAMBDA_VITALS_TELEMETRY": "off"}
        process = subprocess.Popen([extension], env=environment, stdout=out, stderr=err, stdin=subprocess.DEVNULL)
        event = json.dumps({"eventType": "INVOKE", "requestId": "the-last", "deadlineMs": int(time.time() * 1000) + 60_000})
        try:
            server.settimeout(10)
            api, _ = server.accept()
            with api:
                for headers, body in (("Lambda-Extension-Identifier: me\r\n", "{}"), ("", event)):
                    assert b"\r\n\r\n" in api.recv(4096)
                    api.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n{headers}\r\n{body}".encode())
                api.recv(4096)
            server.close()
            yield process, folder, time.monotonic()
        finally:
            process.kill()
            process.wait()


def test_the_api_has_gone_for_good(lonely, check_lines):
    """Then exit/error cannot be sent: the extension writes its lines, reports the fault, and exits 1."""
    process, folder, began = lonely
    assert process.wait(60) == 1
    assert time.monotonic() - began > 20
    (line,) = check_lines((folder / "out").read_text().splitlines())
    assert json.loads(line)["request_id"] == "the-last"
    assert "the Extensions API is unreachable" in (folder / "err").read_text()
