"""Watches the memory of the function's and the extensions' processes, and plays the out-of-memory killer."""

import asyncio
import os
from collections.abc import Callable

from . import process_tree
from .clock import now

ENFORCING_INTERVAL_S = 0.010
WATCHING_INTERVAL_S = 0.050
FRESH_MS = 10  # a measurement this young is good enough for the end of an invocation


class MemoryMonitor:
    def __init__(self, limit_mb: int, enforce: bool, function_pids: Callable[[], list[int]],
                 on_exceeded: Callable[[], None]):
        self._limit_kb = limit_mb * 1024
        self._enforce = enforce
        self._function_pids = function_pids
        self._on_exceeded = on_exceeded
        self._active = False
        self._timer: asyncio.TimerHandle | None = None
        self._measured = 0.0
        self.peak_kb = 0  # high-water mark over the life of the sandbox

    @property
    def peak_mb(self) -> int:
        return -(-self.peak_kb // 1024)

    def begin(self) -> None:
        """Something runs. The timer is left ticking between invocations that follow at once."""
        self._active = True
        if self._timer is None:
            self._arm()

    def end(self) -> None:
        self._active = False
        if now() - self._measured > FRESH_MS:
            self._measure()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        interval = ENFORCING_INTERVAL_S if self._enforce else WATCHING_INTERVAL_S
        self._timer = asyncio.get_running_loop().call_later(interval, self._tick)

    def _tick(self) -> None:
        self._timer = None
        if not self._active:
            return
        self._arm()
        self._measure()
        if self._enforce:
            used = sum(process_tree.memory_kb(pid)[0] for pid in self._function_pids())
            if used > self._limit_kb:
                self._on_exceeded()

    def _measure(self) -> None:
        """The kernel's high-water marks, so that a spike between two samples is seen."""
        self._measured = now()
        total = sum(process_tree.memory_kb(pid)[1] for pid in process_tree.descendants(os.getpid()))
        self.peak_kb = max(self.peak_kb, min(total, self._limit_kb) if self._enforce else total)
