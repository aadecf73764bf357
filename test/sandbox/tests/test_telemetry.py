"""What subscribers get, and when."""

import asyncio
import json

import pytest

from lambda_sandbox.faults import Faults
from lambda_sandbox.http_server import Request, encode_answer, listen
from lambda_sandbox.telemetry import Buffering, Destination, TelemetryHub
from lambda_sandbox.telemetry_api import SCHEMA_VERSIONS, Invalid, parse_subscription

WISH = {"schemaVersion": "2022-12-13", "types": ["platform"],
        "buffering": {"maxItems": 1000, "maxBytes": 262144, "timeoutMs": 25},
        "destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain:4243"}}


def test_the_events_of_a_cold_start_in_order(world):
    seen = world.add_extension().run()
    assert [event["type"] for event in seen.telemetry()] == [f"platform.{name}" for name in (
        "initStart", "telemetrySubscription", "initRuntimeDone", "extension", "initReport", "start", "runtimeDone",
        "report")]
    assert all(len(event["time"]) == 24 and event["time"].endswith("Z") for event in seen.telemetry())


def test_the_shape_of_an_invocations_events(world):
    seen = world.add_extension().run("--memory", 256, "--payload", '{"sleep": 0.05, "bytes": 5000}',
                                     extension={"hold_ms": 500})
    line = seen.invocations[0]
    start, done, report = (seen.records(f"platform.{name}")[0] for name in ("start", "runtimeDone", "report"))
    assert start["requestId"] == done["requestId"] == report["requestId"] == line["requestId"]
    assert start["version"] == "$LATEST" and start["tracing"]["value"] == line["traceId"]
    assert done["status"] == report["status"] == "success"
    assert 50 <= done["metrics"]["durationMs"] < 500 and done["metrics"]["producedBytes"] == 5002
    spans = {span["name"]: span for span in done["spans"]}
    assert list(spans) == ["responseLatency", "responseDuration", "runtimeOverhead"]
    assert spans["responseLatency"]["durationMs"] >= 50
    total = sum(span["durationMs"] for span in spans.values())
    assert abs(total - done["metrics"]["durationMs"]) < 0.01
    metrics = report["metrics"]
    assert metrics["durationMs"] == line["durationMs"] and metrics["billedDurationMs"] == line["billedDurationMs"]
    assert metrics["memorySizeMB"] == 256 and 10 < metrics["maxMemoryUsedMB"] < 200
    assert metrics["initDurationMs"] == line["initDurationMs"]
    overhead, = report["spans"]
    assert overhead["name"] == "extensionOverhead" and overhead["durationMs"] >= 100


def test_only_the_first_report_knows_of_the_init(world):
    seen = world.add_extension().run("-n", 2)
    first, second = (record["metrics"] for record in seen.records("platform.report"))
    assert "initDurationMs" in first and "initDurationMs" not in second


def test_the_report_comes_after_the_thaw_or_after_shutdown(world):
    seen = world.add_extension().run("-n", 2, "--freeze-ms", 80)
    thaws = [line["atMs"] for line in seen.of_type("thaw")]
    arrivals = [line["at"] for line in seen.reported for event in line.get("telemetry", [])
                if event["type"] == "platform.report"]
    assert len(arrivals) == len(thaws) == 2
    assert all(0 <= arrival - thaw < 1000 for arrival, thaw in zip(arrivals, thaws))


def test_whatever_is_buffered_comes_right_after_shutdown(world):
    wish = {"buffering": {"maxItems": 1000, "maxBytes": 262144, "timeoutMs": 30000}}
    seen = world.add_extension().run("-n", 3, extension={"wish": wish})
    batches = [line for line in seen.reported if "telemetry" in line]
    assert len(batches) == 1 and len(seen.records("platform.report")) == 3
    assert batches[0]["at"] >= seen.when(lambda line: line.get("event", {}).get("eventType") == "SHUTDOWN") - 50


@pytest.mark.parametrize("max_bytes", [262144, 1048576])
def test_full_buffers_do_not_wait(world, max_bytes):
    """An invocation has three events of some 1,400 bytes in all: 400 of them fill a batch, by size or by number."""
    wish = {"buffering": {"maxItems": 1000, "maxBytes": max_bytes, "timeoutMs": 30000}}
    seen = world.add_extension().run("-n", 400, "--freeze-ms", 0, extension={"wish": wish, "linger_s": 0.5})
    sizes = [len(line["telemetry"]) for line in seen.reported if "telemetry" in line]
    assert len(sizes) >= 2 and max(sizes) <= 1000 and max(seen.by("fake", "bytes")) <= max_bytes
    assert len(seen.records("platform.report")) == 400


def _delivered(emit) -> list[list[dict]]:
    """The batches of what was emitted while the sandbox was frozen."""
    batches: list[list[dict]] = []

    def take(request: Request) -> None:
        batches.append(json.loads(request.body))
        request.connection.send(request, encode_answer(200))

    async def life() -> None:
        server, port = await listen(take, "127.0.0.1", 0)
        hub = TelemetryHub(Faults([], None))
        hub.subscribe("name", Destination("127.0.0.1", port, "/", "host"), ["platform"], Buffering(1000, 262144, 25))
        hub.freeze()
        emit(hub)
        await asyncio.sleep(0.05)
        assert batches == []
        hub.thaw()
        await asyncio.sleep(0.3)
        hub.close()
        server.close()

    asyncio.run(life())
    return batches


def test_what_piled_up_while_frozen_comes_in_several_batches():
    batches = _delivered(lambda hub: [hub.emit("platform.start", {"n": n}) for n in range(2500)])
    assert [len(batch) for batch in batches] == [1000, 1000, 500]
    assert [event["record"]["n"] for batch in batches for event in batch] == list(range(2500))


def test_what_no_longer_fits_is_counted_and_told():
    batches = _delivered(lambda hub: [hub.emit("platform.start", {"n": "x" * 100_000}) for _ in range(100)])
    events = [event for batch in batches for event in batch]
    dropped = [event["record"] for event in events if event["type"] == "platform.logsDropped"]
    assert len(dropped) == 1 and dropped[0]["droppedRecords"] + len(events) - 1 == 100
    assert dropped[0]["droppedBytes"] > 1_000_000


def test_an_extension_that_holds_next_sees_runtime_done_before(world):
    seen = world.add_extension().run("-n", 2, extension={"sync": True})
    arrivals = [line["at"] for line in seen.reported for event in line.get("telemetry", [])
                if event["type"] == "platform.runtimeDone"]
    assert len(arrivals) == 2
    for line, arrival in zip(seen.invocations, arrivals):
        assert line["runtimeDoneMs"] < arrival < line["endMs"] < line["startMs"] + 1000
    assert len(seen.records("platform.runtimeDone")) == 2


def test_switched_off_it_answers_202_and_never_delivers(world):
    seen = world.add_extension().run("--telemetry", "off")
    assert seen.by("fake", "subscribed") == [202]
    assert json.loads(seen.by("fake", "body")[1])["errorType"] == "Telemetry.NotSupported"
    assert seen.telemetry() == [] and seen.exit_code == 0


def test_a_batch_comes_again_until_it_is_answered_200(world):
    seen = world.add_extension().run("--payload", '{"sleep": 0.6}', extension={"statuses": [500, 302]})
    batches = [line["telemetry"] for line in seen.reported if "telemetry" in line]
    assert batches[0] == batches[1] == batches[2]
    assert seen.summary["telemetry"]["fake"]["refused"] == 2


def test_a_dead_subscriber_holds_up_nobody(world):
    seen = world.add_extension().run("-n", 20, extension={"deaf": True, "linger_s": 0})
    assert seen.exit_code == 0 and seen.summary["statuses"] == {"success": 20}
    assert max(line["durationMs"] for line in seen.invocations) < 1000


def test_a_subscription_survives_a_reset(world):
    seen = world.add_extension().run(extension={"port": 0}, script=[{"invoke": {"exit": 1}}, {"invoke": {}}])
    assert seen.by("fake", "subscribed") == [200, 200]
    again = world.run(extension={"port": _free_port()}, script=[{"invoke": {"exit": 1}}, {"invoke": {}}])
    bodies = [line["body"] for line in again.reported if "subscribed" in line]
    assert bodies == ["OK", "Already subscribed"]
    for result in (seen, again):
        successes = [line["requestId"] for line in result.invocations if line["status"] == "success"]
        assert [record["requestId"] for record in result.records("platform.report")] == successes


def _free_port() -> int:
    import socket
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_the_host_is_the_one_subscribed_with(world):
    seen = world.add_extension().run()
    assert all(host.startswith("sandbox.localdomain:") for host in seen.by("fake", "host"))


def test_a_refused_subscription_says_why(world):
    seen = world.add_extension().run(extension={"wish": {"schemaVersion": "2020-01-01"}})
    assert seen.by("fake", "subscribed") == [400]
    error = json.loads(seen.by("fake", "body")[1])
    assert error["errorType"] == "ValidationError" and "schemaVersion" in error["errorMessage"]


def test_after_init_it_is_too_late(world):
    seen = world.add_extension().run(extension={"subscribe_at_invoke": True})
    assert seen.by("fake", "subscribed") == [403]


@pytest.mark.parametrize("change, words", [
    ({"schemaVersion": None}, "schemaVersion"),
    ({"types": []}, "types"),
    ({"types": ["platform", "other"]}, "types"),
    ({"types": "platform"}, "types"),
    ({"buffering": {"maxItems": 999}}, "maxItems must be an integer from 1000 to 10000"),
    ({"buffering": {"maxItems": 10001}}, "maxItems"),
    ({"buffering": {"maxBytes": 262143}}, "maxBytes"),
    ({"buffering": {"timeoutMs": 24}}, "timeoutMs must be an integer from 25 to 30000"),
    ({"buffering": {"timeoutMs": 25.5}}, "timeoutMs"),
    ({"buffering": {"timeoutMs": True}}, "timeoutMs"),
    ({"buffering": []}, "buffering"),
    ({"destination": None}, "destination"),
    ({"destination": {"protocol": "UDP"}}, "protocol"),
    ({"destination": {"protocol": "HTTP", "URI": "http://example.com:4243"}}, "sandbox.localdomain"),
    ({"destination": {"protocol": "HTTP", "URI": "https://sandbox.localdomain:4243"}}, "sandbox.localdomain"),
    ({"destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain:99999"}}, "not a URI"),
    ({"destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain:9001"}}, "9001 is reserved"),
])
def test_subscriptions_are_checked(change, words):
    with pytest.raises(Invalid, match=words):
        parse_subscription(json.dumps({**WISH, **change}).encode(), SCHEMA_VERSIONS)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff"])
def test_bodies_that_are_no_subscription(body):
    with pytest.raises(Invalid):
        parse_subscription(body, SCHEMA_VERSIONS)


@pytest.mark.parametrize("version", SCHEMA_VERSIONS)
def test_a_good_subscription(version):
    types, buffering, destination = parse_subscription(json.dumps({**WISH, "schemaVersion": version}).encode(),
                                                       SCHEMA_VERSIONS)
    assert types == ["platform"] and buffering.timeout_ms == 25
    assert (destination.host, destination.port, destination.path) == ("127.0.0.1", 4243, "/")
