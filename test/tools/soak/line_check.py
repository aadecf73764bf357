"""Reads the extension's lines while they come, and compares them with the request ids on standard input.

    line_check.py LINES VALIDATOR SETTING < REQUEST-IDS

LINES is a FIFO. Each line must be that of the next request id, which may come before or after it; all of them also go
through VALIDATOR (test/tools/validator). If SETTING (of LAMBDA_VITALS_LINES) is not `all`, each request id has a line or is counted by a
summary, in any order. Ends with one JSON object on standard output: {"lines", "summaries", "summarized", "expected", "faults"}.
"""
import json
import os
import re
import selectors
import subprocess
import sys
import tempfile
from collections import deque

REQUEST_ID = re.compile(rb'"request_id":"([^"]*)"')
CHUNK = 1 << 20
SHOWN_FAULTS = 5
ALWAYS_THERE = ("total_memory",)  # metrics of every invocation, whatever telemetry and a busy machine do
LATE_IDS = 1000  # a request id comes later than its line by less than so many


class LineReader:
    """The whole lines of a descriptor, piece by piece."""

    def __init__(self, descriptor: int):
        self.descriptor = descriptor
        self._rest = b""

    def read(self) -> list[bytes] | None:
        """What has come; None at the end."""
        data = os.read(self.descriptor, CHUNK)
        if not data:
            return None
        *lines, self._rest = (self._rest + data).split(b"\n")
        return lines

    @property
    def unfinished(self) -> bytes:
        return self._rest


class Check:
    """What both kinds of run have in common."""

    def __init__(self):
        self.lines = self.expected = self.summaries = self.summarized = 0
        self.faults = 0
        self.shown: list[str] = []

    def fault(self, text: str) -> None:
        self.faults += 1
        if len(self.shown) < SHOWN_FAULTS:
            self.shown.append(text)


class Once(Check):
    """Every request id has one line, or is one of the invocations of a summary."""

    def __init__(self):
        super().__init__()
        self._ids: set[bytes] = set()
        self._own: set[bytes] = set()
        self._samples = dict.fromkeys(ALWAYS_THERE, 0)

    def expect(self, request_ids: list[bytes]) -> None:
        self.expected += len(request_ids)
        self._ids.update(request_ids)

    def came(self, lines: list[bytes]) -> None:
        for line in lines:
            try:
                record = json.loads(line)
            except ValueError:
                self.fault(f"not JSON: {line[:60]!r}")
                continue
            for name in ALWAYS_THERE:
                values = record.get(name, [])
                self._samples[name] += len(values) if isinstance(values, list) else 1
            if record.get("event_type") == "summary":
                self.summaries += 1
                self.summarized += record["invocations"]
                continue
            self.lines += 1
            request_id = record.get("request_id", "").encode()
            if request_id in self._own:
                self.fault(f"a double: {request_id.decode()}")
            self._own.add(request_id)

    def end(self) -> None:
        for request_id in self._own - self._ids:
            self.fault(f"a line too many: {request_id.decode()}")
        for what, found in (("invocations in lines and summaries", self.lines + self.summarized),
                            *((f"samples of {name}", count) for name, count in self._samples.items())):
            if found != self.expected:
                self.fault(f"{found:,} {what} for {self.expected:,} INVOKEs")


class Order(Check):
    """One line for every request id, in their order."""

    def __init__(self):
        super().__init__()
        self._ids: deque[bytes] = deque()  # no line yet
        self._early: deque[bytes] = deque()  # lines whose request id is not here yet

    def expect(self, request_ids: list[bytes]) -> None:
        self.expected += len(request_ids)
        self._ids.extend(request_ids)
        self._match()

    def came(self, lines: list[bytes]) -> None:
        self.lines += len(lines)
        for line in lines:
            found = REQUEST_ID.search(line)
            self._early.append(found[1] if found else line[:60])
        self._match()

    def _match(self, at_the_end: bool = False) -> None:
        while self._ids and self._early:
            line = self._early[0]
            if line == self._ids[0]:
                self._early.popleft()
                self._ids.popleft()
            elif line in self._ids:  # so the ones before it have none
                self.fault(f"no line for {self._ids.popleft().decode()}")
            elif at_the_end or len(self._ids) > LATE_IDS:
                self.fault(f"a line too many, or a double: {self._early.popleft().decode(errors='replace')}")
            else:
                return  # its request id may still come

    def end(self) -> None:
        self._match(at_the_end=True)
        for request_id in self._ids:
            self.fault(f"no line for {request_id.decode()}")
        for line in self._early:
            self.fault(f"a line too many, or a double: {line.decode(errors='replace')}")


def main() -> None:
    path, program, setting = sys.argv[1:]
    order = Order() if setting == "all" else Once()
    with tempfile.TemporaryFile() as verdict:
        validator = subprocess.Popen([program, "--strict"], stdin=subprocess.PIPE, stdout=verdict, stderr=verdict)
        lines, ids = LineReader(os.open(path, os.O_RDONLY)), LineReader(sys.stdin.fileno())
        with selectors.DefaultSelector() as selector:
            selector.register(lines.descriptor, selectors.EVENT_READ, lines)
            selector.register(ids.descriptor, selectors.EVENT_READ, ids)
            while selector.get_map():
                for key, _ in selector.select():
                    got = key.data.read()
                    if got is None:
                        selector.unregister(key.fileobj)
                    elif key.data is ids:
                        order.expect(got)
                    else:
                        order.came(got)
                        validator.stdin.write(b"".join(line + b"\n" for line in got))
        if lines.unfinished:
            order.fault(f"an unfinished line: {lines.unfinished[:60]!r}")
        order.end()
        validator.stdin.close()
        status = validator.wait()
        verdict.seek(0)
        shown_lines = verdict.read().decode(errors="replace").splitlines()
    if status != 0 and order.lines + order.summaries:
        order.faults += max(1, len(shown_lines) - 1)
        order.shown += shown_lines[:SHOWN_FAULTS]
    print(json.dumps({"lines": order.lines, "summaries": order.summaries, "summarized": order.summarized, "expected": order.expected, "faults": order.faults, "shown": order.shown}))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
