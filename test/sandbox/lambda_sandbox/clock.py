"""Time: a steady clock for measuring, and its translation to the wall clock for what goes on the wire."""

import time


def now() -> float:
    """Milliseconds of the steady clock."""
    return time.monotonic() * 1000


def wall(steady_ms: float) -> float:
    """Epoch milliseconds of a moment of the steady clock."""
    return steady_ms + (time.time() - time.monotonic()) * 1000


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
