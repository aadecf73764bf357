"""Every form in which lines come: recognised by content, mixed freely, each line once."""
import csv
import gzip
import io
import json

import pytest

from lines import Profile, encode, lines_of

RECORDS = list(lines_of(Profile(), 7))
LINES = [encode(record) for record in RECORDS]
INSIGHTS = {"event_type": "performance", "function_name": "checkout", "version": "live", "request_id": "insights-1",
            "trace_id": "1-0-0", "duration": 45, "billed_duration": 45, "billed_mb_ms": 23040, "cold_start": False,
            "tmp_free": 1, "tmp_max": 2, "threads_max": 3, "used_memory_max": 80, "total_memory": 512, "memory_utilization": 16,
            "cpu_user_time": 20, "cpu_system_time": 10, "cpu_total_time": 30, "agent_version": "1.0.1",
            "_aws": {"Timestamp": 1760000000000, "CloudWatchMetrics": []}}
PLATFORM = "START RequestId: 4 Version: $LATEST"


def text(lines):
    return "".join(f"{line}\n" for line in lines).encode()


def tail_json():
    return "".join(f"2026-01-01T00:00:0{i}.000000+00:00 2026/01/01/[$LATEST]abc {json.dumps(record, indent=4)}\n"
                   for i, record in enumerate(RECORDS)).encode()


def events(**dump):
    return json.dumps({"events": [{"logStreamName": "s", "timestamp": 1, "message": line + "\n", "ingestionTime": 2, "eventId": "e"}
                                  for line in [*LINES, PLATFORM]], "searchedLogStreams": []}, **dump).encode()


def query_results():
    return json.dumps({"results": [[{"field": "@timestamp", "value": "2026-01-01 00:00:00.000"}, {"field": "@message", "value": line},
                                    {"field": "@ptr", "value": "x"}] for line in LINES],
                       "statistics": {"recordsMatched": 7.0}, "status": "Complete"}, indent=4).encode()


def csv_of(rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def firehose():
    batch = {"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "/aws/lambda/checkout", "logStream": "s",
             "subscriptionFilters": ["f"]}
    return b"".join(json.dumps({**batch, "logEvents": [{"id": "1", "timestamp": 1, "message": line}]}).encode() for line in LINES)


FORMS = {
    "plain lines": text(LINES),
    "without the last newline": text(LINES)[:-1],
    "CRLF": text(LINES).replace(b"\n", b"\r\n"),
    "byte order mark": b"\xef\xbb\xbf" + text(LINES),
    "gzip": gzip.compress(text(LINES)),
    "gzip of several members": gzip.compress(text(LINES[:3])) + gzip.compress(text(LINES[3:])),
    "gzip with padding": gzip.compress(text(LINES)) + b"\0" * 600_000,
    "aws logs tail": text(f"2026-01-01T00:00:00.000000+00:00 2026/01/01/[$LATEST]abc {line}" for line in [*LINES, PLATFORM]),
    "aws logs tail --format short": text(f"2026-01-01T00:00:00 {line}" for line in LINES),
    "aws logs tail --format json": tail_json(),
    "filter-log-events": events(indent=4),
    "filter-log-events on one line": events(),
    "get-log-events": events(indent=4).replace(b'"searchedLogStreams": []', b'"nextForwardToken": "f/1"'),
    "filter-log-events --query events[].message": json.dumps(LINES, indent=4).encode(),
    "Logs Insights as JSON": query_results(),
    "Logs Insights' rows as JSON": json.dumps([{"@timestamp": "x", "@message": record} for record in RECORDS]).encode(),
    "Logs Insights as CSV": csv_of([{"@timestamp": "2026-01-01 00:00:00.000", "@message": line} for line in LINES]),
    "docker logs": text([PLATFORM, "\x1b[31mhello\x1b[0m", *LINES]),
    "docker's json-file": text(json.dumps({"log": line + "\n", "stream": "stdout", "time": "t"}) for line in LINES),
    "stack trace": text(["/var/task/index.js:3", "  if (x) {", *LINES]),
    "RIE": text(["26 Nov 2026 14:00:00,000 [INFO] (rapid) exec", *LINES, "END RequestId: 1"]),
    "after text on the same line": text("no newline at the end" + line for line in LINES),
    "after JSON on the same line": text('{"a": {"b": 1}} ' + line for line in LINES),
    "two on a line": ("".join(LINES) + "\n").encode(),
    "pretty JSON": "".join(json.dumps(record, indent=2) + "\n" for record in RECORDS).encode(),
    "an array of records": json.dumps(RECORDS).encode(),
    "Firehose's batches": firehose(),
    "every line three times": text(LINES * 3),
    "not UTF-8 between": b"\xff\xfe\xfa\n" + text(LINES) + b"\xc3\n",
    "NUL bytes between": b"\0\0\0\n" + text(LINES),
}


@pytest.mark.parametrize("form", FORMS)
def test_form(form, numbers):
    result = numbers(FORMS[form])
    assert result["invocations"] == result["counted"]["lines"] == 7
    (function,) = result["functions"]
    assert function["duration_max"] == max(record["duration"] for record in RECORDS)
    assert function["first_ms"] == RECORDS[0]["_aws"]["Timestamp"]


def test_mixed_inputs_overlap_and_count_once(numbers_of, tmp_path):
    for number, content in enumerate(FORMS.values()):
        (tmp_path / str(number)).write_bytes(content)
    assert numbers_of([tmp_path])["invocations"] == 7


def test_a_folder_as_an_s3_export_has_it(numbers_of, tmp_path):
    (tmp_path / "aws-logs-write-test").write_text("Permission Check Successful")
    for number, line in enumerate(LINES):
        stream = tmp_path / "export" / f"2026-01-01-[$LATEST]{number}"
        stream.mkdir(parents=True)
        (stream / "000000.gz").write_bytes(gzip.compress(f"2026-01-01T00:00:00.000Z {line}\n".encode()))
    result = numbers_of([tmp_path])
    assert result["invocations"] == 7 and result["skipped"]["other"] == 1


@pytest.mark.parametrize("form, others", [
    ("aws logs tail", 1), ("filter-log-events", 1), ("filter-log-events on one line", 1), ("docker logs", 2), ("RIE", 2),
    ("plain lines", 0), ("CRLF", 0), ("stack trace", 2), ("aws logs tail --format json", 0), ("not UTF-8 between", 2)])
def test_other_text_is_counted(form, others, numbers):
    assert numbers(FORMS[form])["skipped"]["other"] == others


LONG = encode({**RECORDS[0], "error_message": "x" * (1 << 20)})
HUGE = encode({**RECORDS[0], "error_message": "x" * (17 << 20)})


@pytest.mark.parametrize("content", [
    text([LONG, *LINES]), json.dumps({"events": [{"message": line} for line in [*LINES, LONG]]}).encode(),
    json.dumps(RECORDS + [json.loads(LONG)]).encode(), csv_of([{"@message": line} for line in [*LINES, LONG]]),
    csv_of([{"@message": line} for line in [*LINES, HUGE]])], ids=["lines", "events", "an array", "CSV", "a long field of CSV"])
def test_records_over_the_limit_are_counted(content, numbers):
    result = numbers(content)
    assert (result["invocations"], result["skipped"]["too_long"]) == (7, 1)


def test_duplicates_are_counted(numbers):
    assert numbers(FORMS["every line three times"])["skipped"]["duplicate"] == 14


def test_lambda_insights_own_lines(numbers):
    for content in (json.dumps(INSIGHTS).encode(), json.dumps(INSIGHTS, indent=2).encode()):
        (function,) = numbers(content)["functions"]
        assert (function["invocations"], function["duration_max"], function["used_memory_max"]) == (1, 45, 80)


def test_an_invocation_that_both_agents_wrote_counts_once_with_ours(numbers):
    theirs = {**INSIGHTS, "request_id": RECORDS[0]["request_id"], "duration": 99999}
    result = numbers([*RECORDS, theirs, INSIGHTS])
    assert result["invocations"] == 8
    assert result["functions"][0]["duration_max"] == max(45, *(record["duration"] for record in RECORDS))


def test_a_retry_with_the_same_request_id_is_another_invocation(numbers):
    again = {**RECORDS[0], "invocation": 2, "_aws": {**RECORDS[0]["_aws"], "Timestamp": RECORDS[0]["_aws"]["Timestamp"] + 1000}}
    assert numbers([RECORDS[0], again, again])["invocations"] == 2


def test_rows_of_a_query_that_chose_fields(numbers):
    rows = [{"@timestamp": f"2026-01-01 00:00:0{i}.000", "function_name": "checkout", "request_id": f"r{i}", "duration": f"{i}.5",
             "cold_start": "1" if i == 0 else "0"} for i in range(5)]
    as_json = json.dumps({"results": [[{"field": k, "value": v} for k, v in row.items()] for row in rows]}).encode()
    for content in (csv_of(rows), as_json):
        result = numbers(content)
        (function,) = result["functions"]
        assert (function["invocations"], function["duration_max"], function["cold_starts"]) == (5, 4.5, 1)
        assert result["period"] == {"from": "2026-01-01T00:00:00.000Z", "to": "2026-01-01T00:00:04.000Z"}


def test_metrics_of_somebody_else_are_other_text(numbers):
    theirs = {"_aws": {"Timestamp": 1760000000000, "CloudWatchMetrics": []}, "service": "payment", "function_name": "checkout", "ok": 1}
    result = numbers([*RECORDS, theirs])
    assert result["invocations"] == 7 and result["skipped"]["other"] == 1 and len(result["functions"]) == 1


def test_environment_lines_are_no_invocations(numbers):
    environment = {"_aws": RECORDS[0]["_aws"], "event_type": "performance", "function_name": "checkout", "interval": 60,
                   "invocations": 100, "cpu_utilization": 50, "instance_id": "i-1"}
    result = numbers([*RECORDS, environment, environment])
    assert result["counted"] == {"lines": 7, "summaries": 0, "environment": 1} and result["invocations"] == 7


def test_summary_lines_count_as_their_invocations(numbers):
    summary = {"_aws": {"Timestamp": 1760000000000, "CloudWatchMetrics": []}, "event_type": "summary", "function_name": "checkout",
               "sandbox_id": "5", "interval": 60, "invocations": 3, "cold_starts": 0, "billed_mb_ms": 5120,
               "duration": [1, 2, 100000.5]}
    another = {**summary, "invocations": 2, "duration": [7, 8]}
    result = numbers([*RECORDS, summary, another, summary])
    (function,) = result["functions"]
    assert result["counted"]["summaries"] == 2 and result["skipped"]["duplicate"] == 1
    assert (result["invocations"], function["duration_max"], function["lines"]) == (12, 100000.5, 7)
    assert function["billed_mb_ms"] == sum(record["billed_mb_ms"] for record in RECORDS) + 2 * 5120


def test_what_notable_lines_do_not_show_is_absent_and_what_summaries_have_is_counted(numbers):
    summary = {"_aws": {"Timestamp": 1760000000000, "CloudWatchMetrics": []}, "event_type": "summary", "function_name": "checkout",
               "version": "live", "sandbox_id": "5", "interval": 60, "invocations": 80, "errors": 2, "timeouts": 1, "cold_starts": 0,
               "billed_duration": 1000, "billed_mb_ms": 512_000, "used_memory_max": [100, 400]}
    canary = {**summary, "version": "canary"}
    notable = [{**record, "line_reason": "slowest"} for record in lines_of(Profile(), 100)]
    (function,) = numbers([*notable, summary, canary])["functions"]
    expected = {"invocations": 260, "lines": 100, "errors": 6, "timeouts": 2, "other_errors": 4, "with_outcome": 260,
                "cpu_avg": None, "memory_peak_p99": None, "duration_p50": None, "used_memory_max": 400}
    assert {name: function[name] for name in expected} == expected
    assert function["billed_ms"] == sum(record["billed_duration"] for record in notable) + 2000
    assert function["advice"]["reason"] == "notable"
    sample = [{**record, "line_reason": "sample"} for record in lines_of(Profile(), 100, seed=2)]
    (function,) = numbers([*notable, *sample, summary])["functions"]
    assert function["advice"]["advice"]
    assert function["cpu_avg"] == pytest.approx(sum(record["cpu_total_time"] for record in sample) / 100, abs=0.001)


def test_a_choice_of_functions_and_times(numbers):
    records = [record for name in ("checkout", "orders") for record in lines_of(Profile(name), 20)]
    third = sorted({record["_aws"]["Timestamp"] for record in records if record["function_name"] == "orders"})[2]
    result = numbers(records, functions=["ord*"], from_ms=third)
    assert [(function["function_name"], function["invocations"]) for function in result["functions"]] == [("orders", 18)]
    assert result["skipped"]["filtered"] == 22
