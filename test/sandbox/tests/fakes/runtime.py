#!/usr/bin/env python3
"""A runtime whose payload says what the function does; FAKE_RUNTIME (JSON) says how it initializes."""

import json
import os
import signal
import sys
import time

from client import Client

plan = json.loads(os.environ.get("FAKE_RUNTIME", "{}"))
api = Client(plan.get("retries", 0))
PREFIX = "/2018-06-01/runtime"


def tell(**what: object) -> None:
    os.write(1, (json.dumps({"from": "runtime", "at": time.time() * 1000, **what}) + "\n").encode())


def daemonize(seconds: float) -> None:
    """Starts a process that has left our session and our parentage."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            tell(daemon=os.getpid())
            time.sleep(seconds)
        os._exit(0)
    os.wait()


def work(event: dict) -> object:
    if "daemon" in event:
        daemonize(event["daemon"])
    if "child" in event and os.fork() == 0:
        tell(child=os.getpid())
        time.sleep(event["child"])
        os._exit(0)
    if "mb" in event:
        ballast = bytearray(event["mb"] << 20)
        ballast[::4096] = b"1" * len(ballast[::4096])
        time.sleep(event.get("hold", 0))
    if "cpu_s" in event:
        end = time.thread_time() + event["cpu_s"]
        while time.thread_time() < end:
            pass
    if event.get("cgroup"):
        return open("/proc/self/cgroup").read()
    time.sleep(event.get("sleep", 0))
    if "signal" in event:
        os.kill(os.getpid(), event["signal"])
    if "exit" in event:
        os._exit(event["exit"])
    return event.get("bytes", 0) * "x" or event


def main() -> int:
    if "term_s" in plan:
        signal.signal(signal.SIGTERM, lambda *_: (tell(terminated=True), time.sleep(plan["term_s"]), os._exit(0)))
    tell(environment=dict(os.environ), pid=os.getpid(), cwd=os.getcwd())
    marker = plan.get("once")  # misbehave only as long as this file is not there
    if marker is None or not os.path.exists(marker):
        if marker:
            open(marker, "w").close()
        if "init_error" in plan:
            api.call("POST", f"{PREFIX}/init/error", b'{"errorMessage":"no","errorType":"X"}',
                     {"Lambda-Runtime-Function-Error-Type": plan["init_error"]})
            return 1
        if "init_exit" in plan:
            return plan["init_exit"]
        time.sleep(plan.get("init_s", 0))
    if plan.get("restore"):
        api.call("GET", f"{PREFIX}/restore/next")
        tell(restored=True)
    while True:
        status, headers, body = api.call("GET", f"{PREFIX}/invocation/next", good=lambda status, headers, body:
                                         status == 200 and "lambda-runtime-aws-request-id" in headers
                                         and body[:1] == b"{" and b"padding" not in body[:20] and b"\xff" not in body)
        event = json.loads(body)
        request_id = headers["lambda-runtime-aws-request-id"]
        tell(invoked=event, headers=headers)
        if "error" in event:
            api.call("POST", f"{PREFIX}/invocation/{request_id}/error", b'{"errorMessage":"on request"}',
                     {"Lambda-Runtime-Function-Error-Type": event["error"]})
        else:
            status, _, body = api.call("POST", f"{PREFIX}/invocation/{request_id}/response",
                                       json.dumps(work(event)).encode())
            tell(response=status)
        time.sleep(event.get("after", 0))


sys.exit(main())
