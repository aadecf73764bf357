"""What happened, as one JSON object a line (--report), and the figures of the summary."""

import json
import sys
from array import array
from collections import Counter
from typing import TextIO

from .clock import now, wall
from .errors import UsageError


class Figures:
    """A million invocations fit: three floats each."""

    def __init__(self) -> None:
        self.statuses: Counter[str] = Counter()
        self.response_ms = array("f")
        self.duration_ms = array("f")
        self.next_delay_ms = array("f")
        self.first_started: float | None = None
        self.last_ended = 0.0

    def add(self, invocation) -> None:
        self.statuses[invocation.status] += 1
        if self.first_started is None:
            self.first_started = invocation.started
        self.last_ended = invocation.ended
        self.duration_ms.append(invocation.duration_ms)
        if invocation.responded is not None:
            self.response_ms.append(invocation.responded - invocation.started)
        self.next_delay_ms.extend(delay for delay in invocation.next_delays_ms.values() if delay is not None)

    def summary(self) -> dict:
        spent = self.last_ended - (self.first_started or 0)
        count = sum(self.statuses.values())
        return {
            "invocations": count, "statuses": dict(self.statuses),
            "invocationsPerSecond": round(count / spent * 1000, 1) if count and spent else None,
            "responseMs": _percentiles(self.response_ms),
            "durationMs": _percentiles(self.duration_ms),
            "nextDelayMs": _percentiles(self.next_delay_ms),
        }


def _percentiles(values: array) -> dict | None:
    if not values:
        return None
    ranked = sorted(values)
    return {name: round(ranked[min(len(ranked) - 1, int(len(ranked) * share))], 3)
            for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1))}


class Reporter:
    def __init__(self, path: str | None, only: list[str], verbosity: int):
        self._only = set(only)
        self._verbosity = verbosity
        self._file: TextIO | None = None
        self.figures = Figures()
        if path == "-":
            self._file = sys.stdout
        elif path is not None:
            try:
                self._file = open(path, "w", encoding="utf-8", buffering=1)  # by the line: tests read along
            except OSError as error:
                raise UsageError(f"--report {path}: {error.strerror}") from None

    def wants(self, kind: str) -> bool:
        return self._file is not None and (not self._only or kind in self._only)

    def write(self, kind: str, /, **values: object) -> None:
        if self.wants(kind):
            self.write_line({"type": kind, "atMs": round(wall(now()), 3), **values})

    def write_line(self, line: dict) -> None:
        if self._file is not None:
            self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
            if self._file is sys.stdout:
                self._file.flush()

    def say(self, message: str) -> None:
        self._print(1, message)

    def detail(self, message: str) -> None:
        self._print(2, message)

    def error(self, message: str) -> None:
        self._print(0, message)

    def _print(self, level: int, message: str) -> None:
        if self._verbosity >= level:
            print(f"lambda-sandbox: {message}", file=sys.stderr, flush=True)

    @property
    def detailed(self) -> bool:
        return self._verbosity >= 2

    def close(self) -> None:
        if self._file is not None and self._file is not sys.stdout:
            self._file.close()
        self._file = None
