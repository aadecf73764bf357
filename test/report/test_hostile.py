"""Lines are from anywhere: nothing in them stops the report or gets into it as more than text."""
import json
import os
import signal
import subprocess
import sys
import time

import duckdb
import pytest

from conftest import BUNDLE, ROOT
from report import cli, containers
from lines import Profile, encode, lines_of

RECORDS = list(lines_of(Profile(), 4))
GOOD = "".join(encode(record) + "\n" for record in RECORDS).encode()
LINE = encode(RECORDS[0])

BROKEN = {
    "half a line": LINE[:200].encode(),
    "NaN": LINE.replace('"duration":', '"duration":NaN,"x":').encode(),
    "1e999": LINE.replace('"duration":', '"duration":1e999,"x":').encode(),
    "negative": LINE.replace('"duration":', '"duration":-5,"x":').encode(),
    "a text for a number": LINE.replace('"duration":', '"duration":"<b>","x":').encode(),
    "an object for a name": LINE.replace('"checkout"', '{"a":[1]}').encode(),
    "_aws is a number": b'{"_aws":5,"event_type":"performance"}',
    "deep": b'{"_aws":' * 50_000,
    "deep arrays": b'{"a":' + b"[" * 100_000,
    "many starts": b'{"_aws":{"_aws"' * 20_000,
    "not UTF-8": LINE.replace("checkout", "che\udcffckout").encode("utf-8", "surrogateescape"),
    "lone surrogate": LINE.replace("checkout", "\\ud800").encode(),
    "NUL": LINE.replace("checkout", "a\\u0000b").encode(),
    "wrapped in itself": json.dumps({"message": json.dumps({"message": json.dumps({"message": "x"})})}).encode(),
    "an unclosed list": b'{"events": [{"message": "x"',
    "a log line in brackets": b"[ERROR] something",
    "a stack trace": b"    if (x) {\n    ^",
    "a stack trace of aws logs tail": b"2026-01-01T00:00:00.000000+00:00 [$LATEST]abc {\n    ^",
    "a brace alone": b"hello\n{",
    "braces around lines": b"hello\n{\n" + GOOD + b"}",
    "a memory size that is not whole": LINE.replace('"total_memory":', '"total_memory":512.5,"x":').encode(),
    "time of year 292471208": LINE.replace(str(RECORDS[0]["_aws"]["Timestamp"]), "9223372036854775807").encode(),
}


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("first", [True, False], ids=["before", "after"])
def test_broken_input_costs_only_itself(kind, first, numbers):
    content = BROKEN[kind] + b"\n" + GOOD if first else GOOD + BROKEN[kind] + b"\n"
    result = numbers(content)
    good = next(each for each in result["functions"] if each["function_name"] == "checkout")
    assert good["invocations"] in (4, 5)
    assert good["duration_max"] == max(record["duration"] for record in RECORDS)


def test_a_line_without_end_is_counted_and_not_kept(command, tmp_path):
    path = tmp_path / "long"
    with open(path, "wb") as file:
        file.write(b'{"_aws":"')
        file.truncate(1 << 30)
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + GOOD)
    done = command("--json", path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["invocations"] == 4 and result["skipped"]["too_long"] == 1


@pytest.mark.parametrize("content, says", [
    (b"", "which is empty"), (b"hello\nworld\n", "2 other lines"), (b'{"_aws":{"Times\n', "1 "), (b"\x1f\x8b\x08rubbish", "gzip"),
    (b"\0" * 1000, "no line")])
def test_no_line_at_all_is_status_2(content, says, command, tmp_path):
    (tmp_path / "input").write_bytes(content)
    done = command("--json", tmp_path / "input")
    assert done.returncode == 2 and done.stdout == b""
    assert says in done.stderr.decode() and "Traceback" not in done.stderr.decode()


def test_unreadable_inputs_are_named(command, tmp_path):
    (tmp_path / "empty").mkdir()
    for name, says in (("missing", "No such file"), ("empty", "no files in it")):
        done = command("--json", tmp_path / name)
        assert done.returncode == 2 and says in done.stderr.decode() and name in done.stderr.decode()
    done = command("--json", "evil\x1b[2J\nname")
    assert done.returncode == 2 and b"\x1b" not in done.stderr


@pytest.mark.parametrize("error", [duckdb.OutOfMemoryException("full\nmore"), OSError(28, "full"), MemoryError(), RecursionError()],
                         ids=lambda error: type(error).__name__)
def test_what_the_machine_refuses_is_status_2(error, monkeypatch, capsys):
    def main(_):
        raise error

    monkeypatch.setattr(cli, "main", main)
    with pytest.raises(SystemExit) as ended:
        cli.run()
    assert ended.value.code == 2 and capsys.readouterr().err.startswith("report: cannot go on: ")


def test_a_record_that_is_nested_too_deeply_to_write_is_other_text():
    record = {"event_type": "performance"}
    for _ in range(100_000):
        record = {"event_type": "performance", "x": record}
    counts = containers.Counts()
    assert containers.encoded([record, {"event_type": "performance"}], counts) == [b'{"event_type":"performance"}']
    assert counts.other == 1


def test_prices_of_a_region(command):
    assert command("--json", "--region", "eu-south-1", "-", stdin=GOOD).stderr == b""
    assert command("--json", "--region", "eu-west-1", "-", stdin=GOOD).stderr == b""
    done = command("--json", "--region", "mx-central-1", "-", stdin=GOOD)
    assert b"us-east-1" in done.stderr and json.loads(done.stdout)["prices"]["known"] is False
    assert json.loads(command("--json", "--region", "il-central-1", "-", stdin=GOOD).stdout)["prices"]["assumed"] == ["arm64"]
    own = command("--json", "--region", "il-central-1", "--price", "arm64=0.00002", "-", stdin=GOOD)
    assert json.loads(own.stdout)["prices"]["assumed"] == []
    done = command("--json", "--region", "Frankfurt", "-", stdin=GOOD)
    assert done.returncode == 2 and b"eu-west-1" in done.stderr


def test_options_that_are_wrong_are_status_2(command):
    for arguments in ((), ("--fail-on", "nothing", "x"), ("--from", "yesterday", "x"), ("-", "-"), ("--price", "x=1", "-"),
                      ("--price", "nan", "-")):
        assert command("--json", *arguments).returncode == 2, arguments


def test_options_need_nothing_that_is_installed(tmp_path):
    """scripts/report checks them before it installs DuckDB: here with a Python that has no packages at all."""
    def checked(*arguments):
        return subprocess.run([sys.executable, "-I", "-S", "-c", "import runpy, sys; sys.path.insert(0, sys.argv.pop(1));"
                               "runpy.run_module('report.options', run_name='__main__', alter_sys=True)", ROOT / "scripts" / "lib", *arguments],
                              capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False)
    assert checked("-o", "x.html", "lines.log").returncode == 0
    assert checked("--help").stdout.startswith("usage:")
    for wrong in ("--nope", "--js", "--price=x=1", "--region=Narnia"):
        done = checked(wrong, "lines.log")
        assert done.returncode == 2 and done.stderr.startswith("report: ") and "Traceback" not in done.stderr, wrong


@pytest.mark.parametrize("after_s", [0, 0.2, 0.6, 1.2])
def test_ctrl_c_leaves_nothing(after_s, tmp_path):
    lines = tmp_path / "lines"
    some = [encode(record) + "\n" for record in lines_of(Profile(), 1000)]
    with open(lines, "w", encoding="ascii") as file:
        for copy in range(60):
            file.writelines(line.replace('"request_id":"', f'"request_id":"{copy}-') for line in some)
    environment = {"PYTHONPATH": str(ROOT / "scripts" / "lib"), "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(tmp_path), "PATH": "/usr/bin:/bin",
                   "LAMBDA_VITALS_REPORT_BUNDLE": BUNDLE}
    running = subprocess.Popen([sys.executable, "-m", "report", *[lines] * 9], cwd=tmp_path, env=environment, stderr=subprocess.PIPE,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))  # a shell's background jobs ignore it
    time.sleep(after_s)
    running.send_signal(signal.SIGINT)
    _, error = running.communicate(timeout=60)
    assert running.returncode in (130, -signal.SIGINT), error
    # Python's own start has a traceback of its own, without a file of ours.
    assert b"/report/" not in error and [path.name for path in tmp_path.iterdir()] == ["lines"]


def test_a_closed_standard_input(tmp_path):
    done = subprocess.run(["sh", "-c", f"exec {sys.executable} -m report --json - <&-"], capture_output=True, text=True, timeout=60, check=False,
                          env={"PYTHONPATH": str(ROOT / "scripts" / "lib"), "PYTHONDONTWRITEBYTECODE": "1"}, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr == "report: there is no standard input: it is closed\n"


def test_standard_input_and_fail_on(command):
    assert command("--json", "-", stdin=GOOD).returncode == 0
    failing = "".join(encode(record) + "\n" for record in lines_of(Profile("x\x1b[31m", timeout_share=0.5), 60)).encode()
    done = command("--json", "--fail-on", "leak,timeout,oversized", "-", stdin=failing)
    assert done.returncode == 3 and b"Timeouts" in done.stderr and b"\x1b" not in done.stderr
    assert command("--json", "--fail-on", "leak,oversized", "-", stdin=failing).returncode == 0
