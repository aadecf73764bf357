"""What telemetry faults do to a batch of events on its way to a subscriber."""

import json
import random
from dataclasses import dataclass

from .faults import Faults

WHOLE_BODY_SHARE = 8  # of the batches with a garbled event, one in this many is not even a JSON array


@dataclass
class Mangled:
    bodies: list[bytes]  # each is one POST
    held_back: list[bytes]  # events that go with the next batch
    delay_ms: float = 0


def join(events: list[bytes]) -> bytes:
    return b"[" + b",".join(events) + b"]"


def mangle(events: list[bytes], faults: Faults, may_hold_back: bool) -> Mangled:
    """The order is fixed: lose, double, garble, reorder, break the body, delay."""
    rng = faults.rng
    if faults.of_telemetry("drop"):
        events = [event for event in events if not faults.drops(_type_of(event))]
    copies = 1
    if events and faults.strikes("double"):
        if rng.random() < 0.5:
            copies = 2  # as after a delivery whose 200 got lost
        else:
            events = [event for event in events for _ in range(2)]
    garbled = [faults.strikes("garble") is not None for _ in events]
    events = [garble(event, rng) if broken else event for event, broken in zip(events, garbled)]
    held_back: list[bytes] = []
    if len(events) > 1 and faults.strikes("reorder"):
        rng.shuffle(events)
        if may_hold_back and rng.random() < 0.5:
            held_back = [events.pop()]
    fault = faults.strikes("delay")
    delay = float(fault.value or 0) if fault else 0.0
    if not events:
        return Mangled([], held_back, delay)
    body = join(events)
    if any(garbled) and rng.randrange(WHOLE_BODY_SHARE) == 0:
        body = break_body(body, rng)
    return Mangled([body] * copies, held_back, delay)


def _type_of(event: bytes) -> str:
    value = json.loads(event)  # one that was held back may have been garbled already
    kind = value.get("type") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) else ""


def garble(event: bytes, rng: random.Random) -> bytes:
    """Breaks one event; the batch around it stays a JSON array."""
    value = json.loads(event)
    if not isinstance(value, dict):
        return event
    record = value.get("record")
    record = record if isinstance(record, dict) else {}
    kind = rng.randrange(10)
    if kind == 0:
        value["type"] = rng.choice(["platform.unheardOf", "", 17, None, ["platform.report"]])
    elif kind == 1:
        value.pop("type", None)
    elif kind == 2:
        value["record"] = rng.choice([None, "text", 3, [], [record], True])
    elif kind == 3:
        value.pop("record", None)
    elif kind == 4:
        value["time"] = rng.choice(["", "yesterday", 12, None, "9999-99-99T99:99:99.999Z"])
    elif kind == 5 and record:
        del record[rng.choice(sorted(record))]
    elif kind == 6 and record:
        record[rng.choice(sorted(record))] = rng.choice([None, [], {}, -1, 1e308, "NaN", True, "\u0000\ud83d\ude00"])
    elif kind == 7 and isinstance(record.get("metrics"), dict) and record["metrics"]:
        metrics = record["metrics"]
        metrics[rng.choice(sorted(metrics))] = rng.choice([-1, "12", None, 1e300, [1], 9223372036854775808])
    elif kind == 8 and isinstance(record.get("spans"), list):
        record["spans"] = rng.choice([{}, "spans", [None], [{"name": 1}], [{"name": "responseLatency"}]])
    else:
        return rng.choice([b"null", b"[]", b"{}", b'"event"', b"0", b"[[[[[[[[]]]]]]]]"])
    return json.dumps(value).encode()


def break_body(body: bytes, rng: random.Random) -> bytes:
    return rng.choice([
        b"this is not JSON",
        b"",
        body[:len(body) // 2],
        body[:-1],
        body.replace(b'"type"', b'"ty\xff\xfepe"'),
        b'{"events":' + body + b"}",
        body + body,
        b"[" * 2000,
    ])
