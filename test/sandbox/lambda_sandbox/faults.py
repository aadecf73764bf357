"""Misbehaviour on demand: what --fault says, and when it strikes.

    telemetry:ACTION[=VALUE][@WHEN]        delay=MS double[=P] reorder[=P] garble[=P] drop[=P] drop=EVENT-TYPE
    api:ENDPOINT=ACTION[@WHEN]             what happens to the answers of one endpoint

WHEN is a probability (0.1), every:N (each N-th time) or times:N (the first N times); without it, always.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from .errors import UsageError

ENDPOINTS = ("register", "next", "init-error", "exit-error", "telemetry", "runtime-next", "response",
             "runtime-init-error")
# The answer is whole, but comes in an unusual way: the client has it, and what was answered took place.
INTACT_ACTIONS = ("chunked", "drip", "delay", "no-headers", "odd-headers", "past-deadline")
BROKEN_ACTIONS = ("empty", "garbled", "huge", "hang", "reset", "reset-header", "reset-body",
                  "close", "close-header", "close-body", "huge-headers", "repeat",
                  "unknown", "memberless", "huge-id", "not-utf8", "deep")
EVENTS = "telemetry events"  # on their way to a subscriber; "telemetry" is the endpoint that takes subscriptions
TELEMETRY_ACTIONS = ("delay", "double", "reorder", "garble", "drop")


@dataclass
class When:
    probability: float = 1.0
    every: int = 1
    times: int | None = None
    _asked: int = 0

    def strikes(self, rng: random.Random) -> bool:
        self._asked += 1
        if self.times is not None:
            return self._asked <= self.times
        if self.every > 1:
            return self._asked % self.every == 0
        return self.probability >= 1 or rng.random() < self.probability


@dataclass
class Fault:
    spec: str
    target: str  # an API endpoint, or EVENTS
    action: str
    value: float | str | None = None
    when: When = field(default_factory=When)
    fired: int = 0

    @property
    def intact(self) -> bool:
        return self.action in INTACT_ACTIONS

    @property
    def status(self) -> int | None:
        """The status that stands in for the answer, if that is what this fault does."""
        return int(self.action) if self.action.isdecimal() else None


class Faults:
    """All faults that are turned on. One source of chance, so that a seed repeats a run."""

    def __init__(self, specs: list[str], seed: int | None, on_fire: Callable[[Fault], None] = lambda fault: None):
        self.rng = random.Random(seed)
        self.all: list[Fault] = []  # those cleared later included: their counts belong to the summary
        self._api: dict[str, list[Fault]] = {}
        self._telemetry: dict[str, list[Fault]] = {}
        self._on_fire = on_fire
        for spec in specs:
            self.add(spec)

    def add(self, spec: str) -> None:
        fault = parse(spec)
        self.all.append(fault)
        if fault.target == EVENTS:
            self._telemetry.setdefault(fault.action, []).append(fault)
        else:
            self._api.setdefault(fault.target, []).append(fault)

    def clear(self) -> None:
        self._api.clear()
        self._telemetry.clear()

    def for_answer(self, endpoint: str) -> Fault | None:
        if self._api:
            for fault in self._api.get(endpoint, ()):
                if self._strikes(fault):
                    return fault
        return None

    @property
    def concern_telemetry(self) -> bool:
        return bool(self._telemetry)

    def of_telemetry(self, action: str) -> list[Fault]:
        return self._telemetry.get(action, [])

    def strikes(self, action: str) -> Fault | None:
        """Does a telemetry fault of this kind strike now?"""
        for fault in self._telemetry.get(action, ()):
            if self._strikes(fault):
                return fault
        return None

    def drops(self, event_type: str) -> bool:
        for fault in self._telemetry.get("drop", ()):
            if fault.value in (None, event_type) and self._strikes(fault):
                return True
        return False

    def _strikes(self, fault: Fault) -> bool:
        if not fault.when.strikes(self.rng):
            return False
        fault.fired += 1
        self._on_fire(fault)
        return True


def parse(spec: str) -> Fault:
    try:
        kind, _, rest = spec.partition(":")
        rest, at, when = rest.partition("@")
        if kind == "telemetry":
            fault = _parse_telemetry(spec, rest)
        elif kind == "api":
            fault = _parse_api(spec, rest)
        else:
            raise ValueError("it starts with neither telemetry: nor api:")
        if at:
            fault.when = _parse_when(when)
        return fault
    except ValueError as error:
        raise UsageError(f"fault {spec!r}: {error}; see the faults in --help") from None


def _parse_telemetry(spec: str, text: str) -> Fault:
    action, _, value = text.partition("=")
    if action not in TELEMETRY_ACTIONS:
        raise ValueError(f"no telemetry fault {action!r}, there are {', '.join(TELEMETRY_ACTIONS)}")
    fault = Fault(spec, EVENTS, action)
    if action == "delay":
        fault.value = _number(value, "milliseconds")
    elif action == "drop" and value and not _is_number(value):
        fault.value = value
    elif value:
        fault.when = _parse_when(value)
    return fault


def _parse_api(spec: str, text: str) -> Fault:
    endpoint, _, action = text.partition("=")
    if endpoint not in ENDPOINTS:
        raise ValueError(f"no endpoint {endpoint!r}, there are {', '.join(ENDPOINTS)}")
    action, colon, value = action.partition(":")
    if action == "delay":
        return Fault(spec, endpoint, action, _number(value, "milliseconds"))
    is_status = len(action) == 3 and action.isdecimal() and 200 <= int(action) <= 599
    if colon or not (is_status or action in INTACT_ACTIONS or action in BROKEN_ACTIONS):
        raise ValueError(f"no action {action!r}, there are a status such as 500, delay:MS, "
                         + ", ".join(tuple(each for each in INTACT_ACTIONS if each != "delay") + BROKEN_ACTIONS))
    return Fault(spec, endpoint, action)


def _parse_when(text: str) -> When:
    word, colon, count = text.partition(":")
    if colon:
        if word not in ("every", "times") or not count.isdecimal() or int(count) < 1:
            raise ValueError(f"{text!r} is not every:N or times:N")
        return When(every=int(count)) if word == "every" else When(times=int(count))
    probability = _number(text, "a probability")
    if not 0 <= probability <= 1:
        raise ValueError(f"{text} is not a probability between 0 and 1")
    return When(probability=probability)


def _is_number(text: str) -> bool:
    try:
        float(text)
        return True
    except ValueError:
        return False


def _number(text: str, what: str) -> float:
    if not _is_number(text) or float(text) < 0:
        raise ValueError(f"{text!r} is not {what}")
    return float(text)
