"""Reads the extension's lines while they come, and compares them with the request ids on standard input.

    line_check.py LINES VALIDATOR < REQUEST-IDS

LINES is a FIFO. Each line must be that of the next request id, which may come before or after it; all of them also go
through VALIDATOR (test/tools/validator). Ends with one JSON object on standard output: {"lines", "expected", "faults"}.
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


class Order:
    """One line for every request id, in their order."""

    def __init__(self):
        self.faults = 0
        self.shown: list[str] = []
        self._ids: deque[bytes] = deque()  # no line yet
        self._early: deque[bytes] = deque()  # lines whose request id is not here yet
        self.lines = self.expected = 0

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

    def fault(self, text: str) -> None:
        self.faults += 1
        if len(self.shown) < SHOWN_FAULTS:
            self.shown.append(text)


def main() -> None:
    path, program = sys.argv[1:]
    order = Order()
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
    if status != 0 and order.lines:
        order.faults += max(1, len(shown_lines) - 1)
        order.shown += shown_lines[:SHOWN_FAULTS]
    print(json.dumps({"lines": order.lines, "expected": order.expected, "faults": order.faults, "shown": order.shown}))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
