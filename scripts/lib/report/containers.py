"""Recognizes an input by its first bytes, and yields the records in it as JSON lines for DuckDB to parse.

Three kinds of container: lines (plain, or with text around the JSON, or each a JSON wrapper), a JSON document (what the AWS
CLI and the console write, and Firehose's batches), and CSV. Other text is counted, and nothing stops the rest.
"""
import codecs
import csv
import dataclasses
import io
import json
import re

from . import messages
from .fields import ROW_FIELDS

LINE_LIMIT = 1 << 20  # bytes; CloudWatch Logs takes no longer event
HEAD = 1 << 16  # bytes by which a container is recognised
PRETTY_LINES = 1000  # of a JSON value that is spread over lines
EMF = b'{"_aws"'
SPREAD = re.compile(r"\s*(?:\d{4}-\d\d-\d\dT\S+ \S+ )?\{\s*")  # the first line of a value over several lines
DOCUMENT = re.compile(r'\s*(?:\[|\{\s*"(?:events|searchedLogStreams|nextForwardToken|nextBackwardToken|results|statistics|'
                      r'queryLanguage|status|messageType|logEvents)"\s*:)')


@dataclasses.dataclass
class Counts:
    """Counts of what was skipped: `other` (lines, log events or rows that are not records), `too_long`."""
    other: int = 0
    too_long: int = 0


class Lines:
    """Blocks of bytes in, JSON lines out: nothing of an input is ever kept but the line that is not complete yet."""

    def __init__(self, counts):
        self._counts = counts
        self._pretty = []

    def records(self, blocks):
        rest, skipping = b"", False
        for block in blocks:
            if skipping:
                _, newline, block = block.partition(b"\n")
                skipping = not newline
            end = block.rfind(b"\n") + 1
            if end:
                yield from self._complete(rest + block[:end])
                rest = block[end:]
            elif not skipping:
                rest += block
            if len(rest) > LINE_LIMIT:
                self._counts.too_long += 1
                rest, skipping = b"", True
        if rest:
            yield from self._complete(rest + b"\n")
        out = []
        self._each(out)
        if out:
            yield b"\n".join(out) + b"\n"

    def _complete(self, block):
        """Whole lines. Most inputs have nothing but lines of Lambda Vitals, which need no look at each."""
        if not block.isascii():
            block = block.decode("utf-8", "replace").encode()
        count = block.count(b"\n")
        if (not self._pretty and len(block) <= LINE_LIMIT and block.startswith(EMF) and block.count(b"\n" + EMF) == count - 1
                and block.count(EMF) == count):
            yield block
            return
        out = []
        for line in block.split(b"\n"):
            self._one(line, out)
        if out:
            yield b"\n".join(out) + b"\n"

    def _one(self, line, out):
        if len(line) > LINE_LIMIT:
            self._counts.too_long += 1
            return
        start = line.find(EMF)
        if start >= 0 and not self._pretty and b"{" not in line[:start] and b'"' not in line[:start] \
                and line.rstrip().endswith(b"}") and line.find(EMF, start + 1) < 0:
            out.append(line[start:])
            return
        text = line.decode("utf-8", "replace")
        if self._pretty:
            self._spread(text, out)
        elif SPREAD.fullmatch(text):
            self._pretty = [text]
        else:
            self._text(text, out)

    def _text(self, text, out):
        out += encoded(messages.in_text(text) if "{" in text else (), self._counts, 1 if text.strip() else 0)

    def _spread(self, text, out):
        """A JSON value over several lines, as `aws logs tail --format json` writes it, ends at a line that is `}`."""
        self._pretty.append(text)
        if text.rstrip() == "}":
            whole, start = "\n".join(self._pretty), len(self._pretty[0].rstrip()) - 1
            found = list(messages.in_text(whole)) if messages.decoded(whole, start)[1] > start else []
            if found:
                out += encoded(found, self._counts)
                self._pretty = []
        if text.rstrip() == "}" or len(self._pretty) >= PRETTY_LINES:
            self._each(out)

    def _each(self, out):
        """The lines that began like a value over several lines but are not one: each by itself."""
        for text in self._pretty:
            self._text(text, out)
        self._pretty = []


def encoded(records, counts, others=1):
    """The records as JSON lines. Counts `others` where there is none; ones that are nested too deeply, and too long ones."""
    lines = []
    for record in records:
        others = 0
        try:
            line = json.dumps(record, separators=(",", ":")).encode()
        except RecursionError:
            counts.other += 1
            continue
        if len(line) > LINE_LIMIT:
            counts.too_long += 1
        else:
            lines.append(line)
    counts.other += others
    return lines


class Document:
    """The elements of the lists in one JSON document after another, without ever holding a whole document."""

    def __init__(self, blocks, counts):
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._blocks = iter(blocks)
        self._counts = counts
        self._text, self._at, self._ended = "", 0, False

    def records(self):
        while self._next() is not None:
            if self._next() == "[":
                self._at += 1
                yield from self._list()
            elif self._next() == "{":
                yield from self._object()
            elif self._next() == ",":
                self._at += 1
            else:
                raise Broken

    def rest(self):
        """Everything that is left, for someone else to make sense of."""
        yield self._text[self._at:].encode()
        yield from self._blocks

    def _more(self):
        if self._ended:
            return False
        block = next(self._blocks, None)
        self._ended = block is None
        self._text = self._text[self._at:] + self._decode(block or b"", final=self._ended)
        self._at = 0
        return True

    def _next(self):
        """The next character that is not a space, None at the end."""
        while True:
            while self._at < len(self._text):
                if not self._text[self._at].isspace():
                    return self._text[self._at]
                self._at += 1
            if not self._more():
                return None

    def _value(self):
        """The value that starts here; Broken when there is none."""
        while True:
            value, end = messages.decoded(self._text, self._at)
            if end > self._at and (end < len(self._text) or self._ended):
                self._at = end
                return value
            if len(self._text) - self._at > 16 * LINE_LIMIT or not self._more():
                raise Broken

    def _list(self):
        while (following := self._next()) not in ("]", None):
            if following == ",":
                self._at += 1
                continue
            value = self._value()
            found = encoded(messages.in_value(value), self._counts)
            if found:
                yield b"\n".join(found) + b"\n"
        self._at += 1

    def _object(self):
        """An object's lists are searched for events; another object may be a record by itself."""
        self._at += 1
        others = {}
        while (following := self._next()) not in ("}", None):
            if following in ",:":
                self._at += 1
                continue
            key = self._value()
            if self._next() != ":":
                raise Broken
            self._at += 1
            if self._next() == "[" and key in messages.LIST_KEYS:
                self._at += 1
                yield from self._list()
            else:
                others[str(key)] = self._value()
        self._at += 1
        for line in encoded(messages.in_object(others, messages.DEPTH), self._counts, 0):
            yield line + b"\n"


class Broken(Exception):
    """It began like a JSON document, but is not one."""


class Stream(io.RawIOBase):
    """Blocks as a file."""

    def __init__(self, blocks):
        self._blocks, self._rest = iter(blocks), b""

    def readable(self):
        return True

    def readinto(self, buffer):
        if not self._rest:
            self._rest = next(self._blocks, b"")
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def csv_records(blocks, counts):
    csv.field_size_limit(16 * LINE_LIMIT)
    text = io.TextIOWrapper(io.BufferedReader(Stream(blocks)), "utf-8", "replace", newline="")
    rows = csv.DictReader(without_nul(text))
    while True:
        try:
            row = next(rows, None)
        except csv.Error:  # a field over the limit is all that it refuses of text without NUL
            counts.too_long += 1
            continue
        if row is None:
            return
        row.pop(None, None)
        found = encoded(messages.in_value(row), counts)
        if found:
            yield b"\n".join(found) + b"\n"


def without_nul(lines):
    for line in lines:
        yield line.replace("\0", "")


def is_csv(line):
    names = {name.strip().strip('"') for name in line.split(",")}
    return "{" not in line and ("@message" in names or bool(ROW_FIELDS & names))


def is_document(head):
    """A JSON document, rather than lines that are JSON objects each."""
    if DOCUMENT.match(head):
        return True
    if not head.lstrip().startswith("{"):
        return False
    line, newline, _ = head.lstrip().partition("\n")
    return line.strip() == "{" and bool(newline)


def records(blocks, counts):
    """The records of one input, as blocks of JSON lines."""
    blocks = iter(blocks)
    start = b""
    while len(start) < HEAD and (block := next(blocks, None)) is not None:
        start += block
    if start.startswith(codecs.BOM_UTF8):
        start = start[len(codecs.BOM_UTF8):]
    head = start[:HEAD].decode("utf-8", "replace")
    everything = chained(start, blocks)
    if is_document(head):
        document = Document(everything, counts)
        try:
            yield from document.records()
            return
        except Broken:
            everything = document.rest()
    elif is_csv(head.partition("\n")[0].strip()):
        yield from csv_records(everything, counts)
        return
    yield from Lines(counts).records(everything)


def chained(first, rest):
    """The first block again before the others, in pieces that keep the memory low."""
    yield first
    yield from rest
