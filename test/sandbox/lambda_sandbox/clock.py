"""Time: a steady clock for measuring, and its translation to the wall clock for what goes on the wire."""

import time


def now() -> float:
    """Milliseconds of the steady clock."""
    return time.monotonic() * 1000


_offset = 0.0
_offset_until = 0.0


def wall(steady_ms: float) -> float:
    """Epoch milliseconds of a moment of the steady clock. The distance of the clocks is looked up once a second: two
    moments near each other keep their distance, however long we lay idle between reading one clock and the other."""
    global _offset, _offset_until
    if time.monotonic() > _offset_until:
        _offset = min(_look_at_both() for _ in range(3))[1]
        _offset_until = time.monotonic() + 1
    return steady_ms + _offset


def _look_at_both() -> tuple[float, float]:
    """How long the look took, and how far the clocks are apart."""
    before = now()
    epoch = time.time() * 1000
    took = now() - before
    return took, epoch - before - took / 2


_second = -1
_second_text = ""


def rfc3339(epoch_ms: float) -> str:
    """2026-01-31T12:00:00.123Z. The part that changes once a second is kept, as events come by the thousand."""
    global _second, _second_text
    second, millis = divmod(int(epoch_ms), 1000)
    if second != _second:
        _second = second
        _second_text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
    return f"{_second_text}.{millis:03d}Z"
