"""The streams of a running RIE, read as they come: the extension's records to one place, all other lines to another.

Has the interface of rie.Files, so that Rie writes into it.
"""
import collections
import json
import os
import threading

KEPT_LINES = 100  # of the RIE's log, for when it fails
JOIN_SECONDS = 5


def record_of(line):
    """The record on a line, and what stands before it there. A function may write EMF lines too: those are not ours."""
    at = line.find('{"_aws":')
    if at >= 0:
        try:
            record = json.loads(line[at:])
        except ValueError:
            return None, line
        if record.get("event_type") in ("performance", "summary") and "agent_version" in record:
            return (line[at:], record), line[:at]
    return None, line


class Streams:
    """on_record(line, record) for a line of Lambda Vitals, on_output(line) for what function and RIE write beside it."""

    def __init__(self, on_record, on_output, on_log=None):
        self._on_record = on_record
        self._on_output = on_output
        self._on_log = on_log
        self._output_end = collections.deque(maxlen=KEPT_LINES)
        self._log_end = collections.deque(maxlen=KEPT_LINES)
        self._readers = []

    def open(self):
        return self._pipe(self._take_output), self._pipe(self._take_log)

    def _pipe(self, take):
        read_end, write_end = os.pipe()

        def read():
            with open(read_end, encoding="utf-8", errors="replace", newline="\n") as stream:
                for line in stream:
                    # Python's runtime client ends the lines within a message with CR, for CloudWatch's sake.
                    take(line.rstrip("\n").replace("\r", "\n"))

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        self._readers.append(reader)
        return open(write_end, "wb")

    def _take_output(self, line):
        self._output_end.append(line)
        found, rest = record_of(line)
        if rest or not found:
            self._on_output(rest)
        if found:
            self._on_record(*found)

    def _take_log(self, line):
        self._log_end.append(line)
        if self._on_log:
            self._on_log(line)

    def finish(self):
        """Waits until everything that was written has been read; the writers have ended."""
        for reader in self._readers:
            reader.join(JOIN_SECONDS)

    close = finish

    @property
    def output(self) -> str:
        return "\n".join(self._output_end)

    @property
    def log(self) -> str:
        return "\n".join(self._log_end)
