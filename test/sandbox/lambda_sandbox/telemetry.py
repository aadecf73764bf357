"""The Telemetry service: buffers events for each subscriber and delivers them in batches.

Nothing is delivered while the sandbox is frozen. A subscriber that is dead or slow holds up nobody but itself: its
buffer is bounded, and what does not fit is counted and reported in platform.logsDropped.
"""

import asyncio
import json
from collections import deque
from dataclasses import dataclass

from .clock import now, rfc3339, wall
from .faults import Faults
from .http_client import Poster
from .mangle import join, mangle

ANSWER_LIMIT_S = 10.0
FIRST_BACKOFF_S = 0.05
LAST_BACKOFF_S = 2.0
MAX_BACKLOG_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Destination:
    host: str
    port: int
    path: str
    authority: str  # what the subscriber called its host and port


@dataclass
class Buffering:
    max_items: int = 10000
    max_bytes: int = 262144
    timeout_ms: int = 1000


@dataclass
class Counters:
    events: int = 0
    batches: int = 0
    posts: int = 0
    refused: int = 0  # answers other than 200
    broken: int = 0  # connections that failed
    droppedEvents: int = 0
    bytes: int = 0


class Subscription:
    def __init__(self, hub: "TelemetryHub", name: str, destination: Destination, types: list[str],
                 buffering: Buffering, counters: Counters):
        self.name, self.destination, self.types, self.buffering = name, destination, types, buffering
        self.counters = counters
        self._hub = hub
        self._events: deque[bytes] = deque()
        self._bytes = 0
        self._dropped = [0, 0]  # events, bytes
        self._in_flight: list[bytes] = []
        self._due = asyncio.Event()
        self._retry = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._poster = Poster(destination.host, destination.port, destination.path, destination.authority)
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._deliver_forever())
        self._task.add_done_callback(lambda task: task.cancelled() or task.result())  # an error is not for hiding

    def append(self, event: bytes) -> None:
        self.counters.events += 1
        if self._bytes + len(event) > MAX_BACKLOG_BYTES:
            self._dropped[0] += 1
            self._dropped[1] += len(event)
            self.counters.droppedEvents += 1
            return
        self._events.append(event)
        self._bytes += len(event) + 1
        if len(self._events) >= self.buffering.max_items or self._bytes >= self.buffering.max_bytes:
            self._due.set()
        elif self._timer is None:
            self._timer = self._loop.call_later(self.buffering.timeout_ms / 1000, self.flush)

    def flush(self) -> None:
        if self._events:
            self._due.set()

    def take_events(self) -> list[bytes]:
        """Hands over what was not delivered, to a subscription that replaces this one."""
        events = self._in_flight + list(self._events)
        self._events.clear()
        return events

    def retry_now(self) -> None:
        """The subscriber is back: no need to sit out the backoff."""
        self._retry.set()

    def break_off(self, how: str) -> None:
        self._poster.break_off(how)

    def close(self) -> None:
        self._task.cancel()
        if self._timer is not None:
            self._timer.cancel()
        self._poster.close()

    async def _deliver_forever(self) -> None:
        while True:
            await self._due.wait()
            await self._hub.thawed.wait()
            self._in_flight = events = self._take_batch()
            if not events:
                continue
            if not self._hub.faults.concern_telemetry:
                await self._deliver(join(events))
                self._in_flight = []
                continue
            mangled = mangle(events, self._hub.faults, may_hold_back=not self._hub.flushing)
            if mangled.held_back:
                self._put_back(mangled.held_back)
            if mangled.delay_ms:
                await asyncio.sleep(mangled.delay_ms / 1000)
            for body in mangled.bodies:
                await self._deliver(body)
            self._in_flight = []

    def _take_batch(self) -> list[bytes]:
        events: list[bytes] = []
        size = 2  # the brackets
        limit = self.buffering
        while self._events and len(events) < limit.max_items:
            if events and size + len(self._events[0]) + 1 > limit.max_bytes:
                break
            event = self._events.popleft()
            size += len(event) + 1
            self._bytes -= len(event) + 1
            events.append(event)
        if not self._events:
            self._due.clear()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        if self._dropped[0]:
            events.append(encode("platform.logsDropped", {
                "reason": "the subscriber is too slow", "droppedRecords": self._dropped[0],
                "droppedBytes": self._dropped[1]}))
            self._dropped = [0, 0]
        return events

    def _put_back(self, events: list[bytes]) -> None:
        for event in events:
            self.counters.events -= 1
            self.append(event)

    async def _deliver(self, body: bytes) -> None:
        """Posts until it is answered 200. A freeze in between stretches everything."""
        self.counters.batches += 1
        backoff = FIRST_BACKOFF_S
        while True:
            await self._hub.thawed.wait()
            try:
                self.counters.posts += 1
                status = await self._post(body)
                if status == 200:
                    self.counters.bytes += len(body)
                    return
                self.counters.refused += 1
            except OSError:
                self.counters.broken += 1
            await self._pause(backoff)
            backoff = min(backoff * 2, LAST_BACKOFF_S)

    async def _pause(self, seconds: float) -> None:
        self._retry.clear()
        try:
            await asyncio.wait_for(self._retry.wait(), seconds)
        except TimeoutError:
            pass

    async def _post(self, body: bytes) -> int:
        answer = await self._poster.send(body)
        while True:
            sent = now()
            done, _ = await asyncio.wait([answer], timeout=ANSWER_LIMIT_S)
            if done:
                return answer.result()
            if self._hub.thawed.is_set() and self._hub.thawed_at < sent:
                self._poster.close()
                answer.exception()  # closing failed it: mark it as seen
                raise ConnectionError("no answer")


class TelemetryHub:
    """All subscriptions of a sandbox. Events of the init phase are kept for those who subscribe after they happened."""

    def __init__(self, faults: Faults):
        self.faults = faults
        self.open = False  # may be subscribed to: only while extensions initialize
        self.flushing = False  # the end is near: nothing may be held back any more
        self.thawed = asyncio.Event()
        self.thawed.set()
        self.thawed_at = 0.0
        self.counters: dict[str, Counters] = {}
        self._subscriptions: dict[str, Subscription] = {}
        self._init_events: list[bytes] = []

    @property
    def wanted(self) -> bool:
        """False: nobody would ever see an event, so none need be made."""
        return self.open or bool(self._subscriptions)

    def begin_init(self) -> None:
        self.open = True
        self.flushing = False
        self._init_events.clear()

    def end_init(self) -> None:
        self.open = False

    def emit(self, event_type: str, record: dict) -> None:
        event = encode(event_type, record)
        if self.open:
            self._init_events.append(event)
        for subscription in self._subscriptions.values():
            if "platform" in subscription.types:
                subscription.append(event)

    def replay_init(self) -> None:
        """After a restore, the events of the init that was part of the snapshot come once more."""
        for subscription in self._subscriptions.values():
            for event in self._init_events:
                subscription.append(event)

    def is_subscribed(self, name: str, destination: Destination, types: list[str]) -> bool:
        old = self._subscriptions.get(name)
        return old is not None and (old.destination, old.types) == (destination, types)

    def subscribe(self, name: str, destination: Destination, types: list[str], buffering: Buffering) -> None:
        """A subscription outlives a reset: the same one again changes nothing, another one takes its place."""
        old = self._subscriptions.get(name)
        if old is not None and self.is_subscribed(name, destination, types):
            old.retry_now()
            return
        new = Subscription(self, name, destination, types, buffering, self.counters.setdefault(name, Counters()))
        missed = self._init_events if old is None else old.take_events()
        if old is not None:
            old.close()
        self._subscriptions[name] = new
        if "platform" in types:
            for event in missed:
                new.append(event)

    def break_off(self, how: str) -> None:
        for subscription in self._subscriptions.values():
            subscription.break_off(how)

    def standing(self) -> "list[tuple[str, Destination, list[str], Buffering]]":
        """The subscriptions, as a snapshot keeps them: renew() takes them up again."""
        return [(each.name, each.destination, each.types, each.buffering) for each in self._subscriptions.values()]

    def renew(self, standing: "list[tuple[str, Destination, list[str], Buffering]]") -> None:
        for name, destination, types, buffering in standing:
            counters = self.counters.setdefault(name, Counters())
            self._subscriptions[name] = Subscription(self, name, destination, types, buffering, counters)

    def freeze(self) -> None:
        self.thawed.clear()

    def thaw(self) -> None:
        self.thawed_at = now()
        self.thawed.set()

    def flush(self) -> None:
        self.flushing = True
        for subscription in self._subscriptions.values():
            subscription.flush()

    def close(self) -> None:
        for subscription in self._subscriptions.values():
            subscription.close()
        self._subscriptions.clear()


def encode(event_type: str, record: dict) -> bytes:
    return json.dumps({"time": rfc3339(wall(now())), "type": event_type, "record": record},
                      separators=(",", ":")).encode()
