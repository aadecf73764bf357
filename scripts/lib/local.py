"""Runs a function with the extension under the RIE: waits for curl, or makes the invocations itself.

    local.py --extension FILE --rie FILE [OPTION...] -- COMMAND...      (scripts/local --help has the options)

Standard output has the records, as a table when all is done or, with --raw, as lines as they come. Everything else goes to
standard error. Exit status 1 if an invocation failed or has no record.
"""
import argparse
import concurrent.futures
import http.client
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
import table
from live import Streams
from local_failures import TIMED_OUT, failure_of, hint, of_log, with_status
from namespaces import NamespacesError
from rie import INVOCATIONS, Rie, RieError
from runtime_client import NoRuntimeClient, with_runtime_client

INIT_SECONDS = 60  # a slow init comes on top of the first invocation's timeout
LOOK_SECONDS = 0.2
RECORD_SECONDS = 0.5  # a record that need not wait for the next invocation or the end comes with its duration
RIE_LINE = re.compile(r"(START|END|REPORT) RequestId: (\S+)")
OUTPUT_SECONDS = 0.1  # what a function said of its failure comes by another way than the reply
# What would make a RIE of another kind of this one, or send its function elsewhere.
SEARCH_PATHS = ("PYTHONPATH", "NODE_PATH", "RUBYLIB", "CLASSPATH", "LD_LIBRARY_PATH", "PATH")
LAYER_PATHS = {"PATH": ["/opt/bin"], "LD_LIBRARY_PATH": ["/opt/lib"], "NODE_PATH": ["/opt/nodejs/node_modules"],
               "PYTHONPATH": ["/opt/python"], "RUBYLIB": ["/opt/ruby/lib"]}
LAYER_FOLDERS = ("python", "nodejs", "ruby", "java", "bin", "lib", "extensions")
# The RIE refuses with 400 what comes while no worker is idle.
BUSY, BUSY_SECONDS = 400, 20
NOT_PASSED_ON = ("AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_RUNTIME_API")


class Refused(Exception):
    """What was asked for cannot be done; the text says what to do."""


reporting = threading.Lock()  # another thread reports what the function prints


def tell(text):
    with reporting:
        print(text, file=sys.stderr, flush=True)


def show(line):
    """On standard output; when nobody reads it any longer, that is the end."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        signal.raise_signal(signal.SIGTERM)


def options_of(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extension", required=True)
    parser.add_argument("--rie", required=True)
    parser.add_argument("--memory", type=int, default=128)
    parser.add_argument("--timeout", type=int, default=10)
    parser.add_argument("--name", default="local")
    parser.add_argument("--tmp", type=int, default=512)
    parser.add_argument("--directory", type=pathlib.Path, default=".")
    parser.add_argument("--layer", type=pathlib.Path, action="append", default=[])
    parser.add_argument("--port", type=int)
    parser.add_argument("--concurrency", type=int)
    parser.add_argument("--invoke")
    parser.add_argument("-n", type=int, default=1)
    parser.add_argument("--raw", action="store_true")
    parser.add_argument("--rie-log", action="store_true")
    parser.add_argument("command", nargs="+")
    return parser.parse_args(arguments)


def payload_of(name):
    try:
        text = sys.stdin.read() if name == "-" else pathlib.Path(name).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"the payload cannot be read: {error}") from None
    try:
        return json.loads(text)
    except ValueError as error:
        raise Refused(f"the payload {name} is not JSON, which Lambda would refuse: {error}") from None


def command_of(options, env):
    program, *arguments = options.command
    found = shutil.which(program if "/" not in program else options.directory / program)
    if not found:
        raise Refused(f"there is no command {program}"
                      + (f" in {options.directory.absolute()}" if "/" in program else " on PATH")
                      + ": a function is started by its runtime's client or its own bootstrap,"
                      " such as python3 -m awslambdaric app.handler")
    command, lent = with_runtime_client([os.path.abspath(found), *arguments], env)
    if lent:
        tell(f"==> {program} has no awslambdaric: it gets the one of {ROOT.name}/build/venv")
    return command


def refuse_a_taken_port(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Refused(f"port {port} cannot be had ({error.strerror}): choose another with --port") from None


def kept_in_tmp(options, command, env):
    """The files and folders of the machine's /tmp that the function needs in a /tmp of its own; None if it needs all of it."""
    named = [value for name in SEARCH_PATHS for value in env.get(name, "").split(os.pathsep)]
    places = [options.directory, options.rie, ROOT, *command, *named]
    inside = {found.relative_to("/tmp").parts[:1] for place in places if str(place).startswith("/") or place == options.directory
              for found in (pathlib.Path(place).absolute(), pathlib.Path(place).resolve()) if found.is_relative_to("/tmp")}
    return None if () in inside else sorted(name for (name,) in inside if os.path.exists(f"/tmp/{name}"))


def layers_of(options, env):
    """Folders that Lambda would unpack to /opt, and the search paths that it has there."""
    for layer in options.layer:
        if not any((layer / name).is_dir() for name in LAYER_FOLDERS):
            tell(f"==> {layer} has none of {', '.join(LAYER_FOLDERS)} in it: Lambda finds nothing of such a layer by itself")
    if options.layer:
        for name, places in LAYER_PATHS.items():
            given = env.get(name) or (os.environ.get("PATH", os.defpath) if name == "PATH" else "")
            env[name] = os.pathsep.join([*places, *([given] if given else [])])
    return options.layer


def managed_environment(concurrency):
    return {"AWS_LAMBDA_MAX_CONCURRENCY": str(concurrency), "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "lambda-managed-instances"}


def bootstrap_of(directory, command):
    """The RIE's Managed mode starts nothing but a bootstrap, as a user without rights."""
    place = directory.resolve()
    for folder in (place, *place.parents):
        if not folder.stat().st_mode & 0o001:
            raise Refused(f"with --concurrency the RIE runs the function as a user who may not enter {folder}: chmod o+x {folder}")
    return f"#!/bin/sh\ncd {shlex.quote(str(directory.absolute()))} && exec {shlex.join(map(str, command))}\n"


class Session:
    """One run, from start to SHUTDOWN, and the records that it gave."""

    def __init__(self, options):
        self._options = options
        self._event = payload_of(options.invoke) if options.invoke else None
        env = {key: value for key, value in os.environ.items() if key not in NOT_PASSED_ON}
        layers = layers_of(options, env)
        command = command_of(options, env)
        if options.port:
            refuse_a_taken_port(options.port)
        kept = kept_in_tmp(options, command, env)
        if kept is None and options.tmp:
            tell("==> the function lies in /tmp itself, so it uses this machine's /tmp, and tmp_used is the machine's;"
                 " a folder of its own gives it a /tmp of its own")
        self.records = []
        self.invocations = 0
        self._said = []
        self._started = None  # whether the function has asked for an event; None: neither that nor that its start failed
        self._request_id = None
        self._statuses = {}
        self._streams = Streams(self._take_record, self._take_output, self._take_log)
        bootstrap = None
        if options.concurrency:
            env |= managed_environment(options.concurrency)
            bootstrap = bootstrap_of(options.directory, command)
        self._rie = Rie(
            options.rie, options.extension, command, cwd=options.directory, name=options.name, memory=options.memory,
            timeout=options.timeout, env=env, port=options.port, tmp_mb=0 if kept is None else options.tmp,
            patience=INIT_SECONDS, streams=self._streams, kept_in_tmp=kept or (), layers=layers,
            bootstrap=bootstrap)

    def _take_record(self, line, record):
        self.records.append(record)
        if self._options.raw:
            show(line)
        elif not self._options.invoke:
            tell(f"==> {table.sentence(record)}")

    def _take_output(self, text):
        for line in text.split("\n"):
            found = RIE_LINE.match(line)
            if not found:
                self._said.append(line)
            elif found[1] == "START":
                self._said, self._request_id = [], found[2]
        tell(text)

    def _take_log(self, line):
        if self._options.rie_log:
            tell(line)
        started = of_log(line)
        if started is None:
            return
        self._started = started
        if not started and not self._options.invoke:
            tell("==> the function did not start: it ended, or took longer than --timeout, before it asked for an event;"
                 f" if it has no runtime client: {hint(self._options.command)}")

    def table(self):
        return table.table([with_status(each, self._statuses) for each in self.records])

    def run(self):
        """Invokes, or waits for Ctrl-C. True if all succeeded. Raises KeyboardInterrupt when it is interrupted."""
        with self._rie:
            try:
                if not self._options.invoke:
                    return self._serve()
                return self._invoke_at_once() if self._options.concurrency else self._invoke()
            finally:
                self._rie.terminate()
                self._streams.finish()

    def _invoke(self):
        failed = 0
        for number in range(1, self._options.n + 1):
            self.invocations, before = number, len(self.records)
            if number > 1 and self._started is not True:
                self._said = []
            reply = self._rie.invoke(self._event)
            if reply.status != 200 or '"errorType"' in reply.body or reply.body.startswith(TIMED_OUT):
                time.sleep(OUTPUT_SECONDS)
            failure = failure_of(reply, self._options.command, self._said, self._started is True)
            failed += failure is not None
            tell(f"==> {number}. " + (f"FAILED {failure[1]}" if failure else reply.body))
            self._await_record(before + 1)
            self._statuses[self._request_id] = failure[0] if failure else "success"
        return failed == 0

    def _invoke_at_once(self):
        with concurrent.futures.ThreadPoolExecutor(self._options.concurrency) as pool:
            replies = list(pool.map(lambda _: self._invoke_until_accepted(), range(self._options.n)))
        self.invocations = len(replies)
        failures = [failure_of(reply, self._options.command, self._said, True) for reply in replies]
        for number, (reply, failure) in enumerate(zip(replies, failures), 1):
            tell(f"==> {number}. " + (f"FAILED {failure[1]}" if failure else reply.body))
        return not any(failures)

    def _invoke_until_accepted(self):
        end = time.monotonic() + BUSY_SECONDS
        while True:
            reply = self._rie.invoke(self._event)
            if reply.status != BUSY or time.monotonic() > end:
                return reply
            time.sleep(OUTPUT_SECONDS / 10)

    def _await_record(self, count):
        end = time.monotonic() + RECORD_SECONDS
        while len(self.records) < count and time.monotonic() < end:
            time.sleep(OUTPUT_SECONDS / 10)

    def _serve(self):
        tell(f"==> The function waits for\n      curl -d '{{}}' http://127.0.0.1:{self._rie.port}{INVOCATIONS}\n"
             f"    {self._options.concurrency or 'one invocation'} at a time; Ctrl-C ends it")
        while self._rie.is_running:
            time.sleep(LOOK_SECONDS)
        raise RieError(f"the RIE has ended by itself, which it does when invoked twice at the same time:\n{self._rie.log}")


def main():
    options = options_of(sys.argv[1:])
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)  # so that every way out passes the clean-up
    session = Session(options)
    try:
        status = 0 if session.run() else 1
    except KeyboardInterrupt:
        status = 130 if options.invoke else 0  # waiting for curl has no other end
    finally:
        if session.records and not options.raw:
            show("\n".join(session.table()))
    if options.invoke:
        records = sum("request_id" in each for each in session.records)
        tell(f"==> invocations: {session.invocations}, records: {records}")
        status = status or int(records != session.invocations)
    sys.exit(status)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except (Refused, NoRuntimeClient, NamespacesError, RieError, OSError, http.client.HTTPException,
            subprocess.SubprocessError) as error:
        sys.exit(f"local: {error}")
