"""Misbehaviour on demand: what a specification means, and what honest processes make of it."""

import json
import random
import sys

import pytest

from lambda_sandbox.errors import UsageError
from lambda_sandbox.faults import EVENTS as DELIVERY, Faults, parse
from lambda_sandbox.mangle import break_body, garble, join, mangle
from lambda_sandbox.odd_answers import BODIES, with_huge_headers, with_odd_headers, without_headers

EVENTS = [json.dumps({"time": "t", "type": f"platform.{name}", "record": {
    "requestId": "1", "status": "success", "metrics": {"durationMs": 1}, "spans": [{"name": "a"}]}}).encode()
          for name in ("start", "runtimeDone", "report")]


@pytest.mark.parametrize("spec, target, action, value", [
    ("telemetry:delay=200", DELIVERY, "delay", 200),
    ("telemetry:double", DELIVERY, "double", None),
    ("telemetry:drop=platform.report", DELIVERY, "drop", "platform.report"),
    ("telemetry:drop=0.5", DELIVERY, "drop", None),
    ("api:next=503", "next", "503", None),
    ("api:telemetry=503", "telemetry", "503", None),
    ("api:runtime-next=reset-body@every:3", "runtime-next", "reset-body", None),
    ("api:register=delay:150@times:1", "register", "delay", 150),
])
def test_a_specification(spec, target, action, value):
    fault = parse(spec)
    assert (fault.target, fault.action, fault.value) == (target, action, value)


@pytest.mark.parametrize("spec", [
    "", "telemetry", "telemetry:explode", "telemetry:delay", "telemetry:delay=soon", "telemetry:double=2",
    "telemetry:double@sometimes:3", "api:next", "api:nowhere=500", "api:next=999", "api:next=explode",
    "api:next=500@every:0", "api:next=500@-1", "api:next=delay", "other:next=500",
])
def test_a_specification_that_is_none(spec):
    with pytest.raises(UsageError, match="see the faults in --help"):
        parse(spec)


@pytest.mark.parametrize("when, strikes", [
    ("", [True] * 6), ("@every:3", [False, False, True] * 2), ("@times:2", [True] * 2 + [False] * 4),
    ("@0", [False] * 6), ("@1", [True] * 6),
])
def test_when_a_fault_strikes(when, strikes):
    faults = Faults(["api:next=500" + when], seed=1)
    assert [faults.for_answer("next") is not None for _ in range(6)] == strikes
    assert faults.for_answer("register") is None
    assert faults.all[0].fired == sum(strikes)


def test_a_seed_repeats_chance():
    def draw(seed: int) -> list[bool]:
        faults = Faults(["api:next=500@0.5"], seed)
        return [faults.for_answer("next") is not None for _ in range(50)]
    assert draw(7) == draw(7) != draw(8)


def test_cleared_faults_keep_their_counts():
    faults = Faults(["api:next=500"], seed=None)
    faults.for_answer("next")
    faults.clear()
    assert faults.for_answer("next") is None and faults.all[0].fired == 1


def _mangle(*specs: str, seed: int = 1, may_hold_back: bool = False):
    return mangle(EVENTS, Faults(list(specs), seed), may_hold_back)


def test_events_are_lost():
    assert _mangle("telemetry:drop").bodies == []
    kept = json.loads(_mangle("telemetry:drop=platform.runtimeDone").bodies[0])
    assert [event["type"] for event in kept] == ["platform.start", "platform.report"]


def test_events_or_batches_come_twice():
    shapes = {(len(result.bodies), len(json.loads(result.bodies[0])))
              for result in (_mangle("telemetry:double", seed=seed) for seed in range(20))}
    assert shapes == {(1, 6), (2, 3)}


def test_events_change_places_and_batches():
    results = [_mangle("telemetry:reorder", seed=seed, may_hold_back=True) for seed in range(20)]
    assert any(result.held_back for result in results)
    for result in results:
        assert sorted(json.loads(result.bodies[0]) + [json.loads(event) for event in result.held_back], key=str) == \
            sorted(map(json.loads, EVENTS), key=str)
    assert any(json.loads(result.bodies[0])[0]["type"] != "platform.start" for result in results)
    assert not any(_mangle("telemetry:reorder", seed=seed).held_back for seed in range(20))


def test_a_delay():
    assert _mangle("telemetry:delay=70").delay_ms == 70


def test_an_event_that_was_held_back_is_garbled_again_whatever_it_has_become():
    rng = random.Random(1)
    event = EVENTS[2]
    for _ in range(2000):
        event = garble(event, rng)
        assert mangle([event], Faults(["telemetry:drop=platform.start"], 1), may_hold_back=True)
        event = event if rng.random() < 0.7 else EVENTS[2]


def test_a_garbled_event_leaves_a_json_array():
    for seed in range(300):
        broken = garble(EVENTS[2], random.Random(seed))
        assert broken != EVENTS[2]
        assert len(json.loads(join([EVENTS[0], broken]))) == 2


def test_a_broken_body_is_no_array_of_events():
    def is_good(body: bytes) -> bool:
        try:
            return isinstance(json.loads(body), list)
        except (ValueError, RecursionError):
            return False
    assert not any(is_good(break_body(join(EVENTS), random.Random(seed))) for seed in range(100))


INTACT = ["chunked", "drip", "delay:20", "odd-headers", "past-deadline"]
BROKEN = ["500", "503", "empty", "garbled", "reset", "reset-header", "reset-body", "close", "close-header",
          "close-body", "huge"]
ODD_EVENTS = {
    "unknown": lambda event: event["eventType"] == "HIBERNATE",
    "memberless": lambda event: event == {"eventType": "INVOKE"},
    "huge-id": lambda event: len(event["requestId"]) == 100_000,
    "deep": lambda event: isinstance(event["requestId"], list),
    "not-utf8": None,
}


@pytest.mark.parametrize("action", INTACT + BROKEN)
def test_no_event_is_lost_for_an_extension_that_tries_again(world, action):
    seen = world.add_extension().run("-n", 4, "--fault", f"api:next={action}@every:2", extension={"retries": 3})
    assert seen.exit_code == 0
    events = seen.events()
    assert [event["eventType"] for event in events] == ["INVOKE"] * 4 + ["SHUTDOWN"]
    assert [event["requestId"] for event in events[:4]] == [line["requestId"] for line in seen.invocations]
    fired = seen.summary["faults"][f"api:next={action}@every:2"]
    assert fired >= 2
    assert seen.by("fake", "failures")[-1] == (0 if action in INTACT else fired)


@pytest.mark.parametrize("action", INTACT + BROKEN)
def test_no_invocation_is_lost_for_a_runtime_that_tries_again(world, action):
    seen = world.add_extension().run("-n", 4, "--fault", f"api:runtime-next={action}@every:2", runtime={"retries": 3})
    assert seen.summary["statuses"] == {"success": 4}
    assert [headers["lambda-runtime-aws-request-id"] for headers in seen.by("runtime", "headers")] == [
        line["requestId"] for line in seen.invocations]


@pytest.mark.parametrize("action", ODD_EVENTS)
def test_an_odd_event_stands_before_the_right_one(action):
    """Byte by byte: the fakes would end at most of these."""
    body = BODIES[action]
    if ODD_EVENTS[action] is None:
        with pytest.raises(UnicodeDecodeError):
            body.decode()
        return
    depth = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        assert ODD_EVENTS[action](json.loads(body))
    except RecursionError:
        assert action == "deep"
    finally:
        sys.setrecursionlimit(depth)


def test_a_deadline_long_ago(world):
    seen = world.add_extension().run("-n", 2, "--fault", "api:next=past-deadline@every:2")
    assert [event["deadlineMs"] == 1 for event in seen.events()] == [False, True, False]


def test_an_event_that_is_handed_out_twice(world):
    seen = world.add_extension().run("-n", 2, "--fault", "api:next=repeat@times:1")
    ids = [event["requestId"] for event in seen.events() if event["eventType"] == "INVOKE"]
    assert ids == [seen.invocations[0]["requestId"]] * 2 + [seen.invocations[1]["requestId"]]


def test_no_headers_odd_headers_and_too_many():
    assert without_headers(200, b"x") == b"HTTP/1.1 200 OK\r\n\r\nx"
    odd = with_odd_headers(200, b"x", "Lambda-Name: 7\r\n").decode()
    assert "lambda-name:\t 7 \r\n" in odd and odd.endswith("content-length:1\r\n\r\nx")
    assert len(with_huge_headers(200, b"x", "")) > 1 << 16


@pytest.mark.parametrize("endpoint", ["register", "telemetry", "response"])
@pytest.mark.parametrize("action", ["503", "empty", "garbled", "reset", "reset-header", "close-body"])
def test_the_other_endpoints_may_be_tried_again(world, endpoint, action):
    seen = world.add_extension().run("--fault", f"api:{endpoint}={action}@times:1", extension={"retries": 3},
                                     runtime={"retries": 3})
    assert seen.exit_code == 0 and seen.summary["statuses"] == {"success": 1}
    assert len(seen.of_type("fault")) == 1


@pytest.mark.parametrize("status", [400, 403, 500])
def test_a_registration_that_is_refused(world, status):
    seen = world.add_extension().run("--fault", f"api:register={status}")
    assert seen.by("fake", "registered")[0] == status and seen.exit_code == 5


def test_next_that_is_never_answered(world):
    seen = world.add_extension().run("--timeout", 0.3, "--shutdown-timeout", 0.3, "--fault", "api:next=hang")
    assert seen.events() == []
    assert seen.invocations[0]["status"] == "timeout" and seen.exit_code == 6


def test_a_dropped_type_never_arrives(world):
    seen = world.add_extension().run("-n", 3, "--fault", "telemetry:drop=platform.report")
    assert len(seen.records("platform.runtimeDone")) == 3 and seen.records("platform.report") == []


def test_doubled_and_reordered_telemetry_is_all_there(world):
    seen = world.add_extension().run("-n", 20, "--no-freeze", "--payload", '{"sleep": 0.03}', "--seed", 3,
                                     "--fault", "telemetry:double=0.5", "--fault", "telemetry:reorder",
                                     extension={"linger_s": 0.5})
    ids = [record["requestId"] for record in seen.records("platform.report")]
    wanted = [line["requestId"] for line in seen.invocations]
    assert set(ids) == set(wanted) and len(ids) > len(wanted)


def test_garbled_telemetry_still_gets_through_in_parts(world):
    seen = world.add_extension().run("-n", 30, "--no-freeze", "--payload", '{"sleep": 0.03}', "--seed", 5,
                                     "--fault", "telemetry:garble=0.3")
    assert seen.by("fake", "garbled") != [] and seen.exit_code == 0


def test_late_telemetry(world):
    seen = world.add_extension().run("--no-freeze", "--fault", "telemetry:delay=300", extension={"linger_s": 0.8})
    first = seen.when(lambda line: "telemetry" in line)
    assert first - seen.of_type("subscription")[0]["atMs"] >= 300


def test_faults_come_and_go_with_the_script(world):
    seen = world.add_extension().run(extension={"retries": 9}, script=[
        {"invoke": {}}, {"fault": "api:next=503@times:2"}, {"invoke": {}}, {"clear_faults": True}, {"invoke": {}}])
    assert seen.by("fake", "failures") == [0, 2, 2, 2]
