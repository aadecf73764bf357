"""Finds records in what wraps them: a log event's message, a row of a query's result, text before and after a line.

Everything here takes decoded text or parsed JSON, from anywhere, and trusts none of it.
"""
import datetime
import json
import re

from .fields import FLAGS, NUMBERS, ROW_FIELDS

START = re.compile(r'\{\s*"(?:_aws|event_type)"\s*:')
ATTEMPTS = 16  # places of one text at which a record may start
DEPTH = 6  # wrappers in wrappers
MESSAGE_KEYS = ("message", "@message", "log", "Message", "MESSAGE")
LIST_KEYS = ("events", "results", "logEvents", "Events")
DECODER = json.JSONDecoder()


def decoded(text, at=0):
    """The JSON value that starts there and where it ends, or (None, at)."""
    try:
        return DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None, at


def is_record(value):
    return isinstance(value, dict) and isinstance(value.get("event_type"), str)


def in_text(text, depth=DEPTH):
    """Each record in a text, such as `2026-01-01T00:00:00Z stream {"_aws":…}`, as a dictionary."""
    at = 0
    for _ in range(ATTEMPTS):
        start = START.search(text, at)
        if not start:
            break
        value, end = decoded(text, start.start())
        if is_record(value):
            yield value
        at = max(end, start.end())
    if at == 0 and "{" in text:
        yield from in_value(decoded(text, text.index("{"))[0], depth)


def in_value(value, depth=DEPTH):
    """Each record in a parsed JSON value, whatever wraps it."""
    if depth == 0:
        return
    if isinstance(value, str):
        yield from in_text(value, depth - 1)
    elif isinstance(value, list):
        row = query_row(value)
        for each in value if row is None else [row]:
            yield from in_value(each, depth - 1)
    elif isinstance(value, dict):
        yield from in_object(value, depth)


def in_object(value, depth):
    if is_record(value):
        yield value
        return
    for key in MESSAGE_KEYS:
        if isinstance(value.get(key), (str, dict)):
            yield from in_value(value[key], depth - 1)
            return
    for key in LIST_KEYS:
        if isinstance(value.get(key), list):
            yield from in_value(value[key], depth - 1)
            return
    if ROW_FIELDS.intersection(value) and ("function_name" in value or "request_id" in value):
        yield from_row(value)


def query_row(value):
    """A row of `aws logs get-query-results`, which is a list of fields with their values, as a dictionary."""
    if value and all(isinstance(each, dict) and isinstance(each.get("field"), str) and "value" in each for each in value):
        return {each["field"]: each["value"] for each in value}
    return None


def from_row(row):
    """A record from the fields that a query chose. Logs Insights writes true and false as 1 and 0, a time as a text."""
    record = {"event_type": "performance", **row}
    for name in (*NUMBERS, *FLAGS):
        if record.get(name) in ("", None):
            record.pop(name, None)
    timestamp = milliseconds(row.get("@timestamp"))
    if timestamp is not None:
        record["_aws"] = {"Timestamp": timestamp}
    return record


def milliseconds(text):
    """`2026-01-01 00:00:00.000`, always UTC in Logs Insights, as milliseconds since 1970."""
    try:
        moment = datetime.datetime.fromisoformat(str(text).strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    return int(moment.timestamp() * 1000)
