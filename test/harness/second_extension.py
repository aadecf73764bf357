#!/usr/bin/env python3
"""Another extension: it uses 40 ms of CPU time for every INVOKE, and exits at SHUTDOWN.

    second_extension.py [NAME [detach]]

NAME is what it registers as, if not as this file. With `detach` a daemon does it all, forked twice and in a session of its
own, and the process that the platform has started waits for it.
"""
import http.client
import json
import os
import pathlib
import sys
import time

CPU_MS = 40
MEMORY_MB = 40  # more than a Python of the function has


def main(name):
    memory = b"\1" * (MEMORY_MB << 20)
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])  # one connection, kept alive
    api.request("POST", "/2020-01-01/extension/register", json.dumps({"events": ["INVOKE", "SHUTDOWN"]}),
                {"Lambda-Extension-Name": name})
    answer = api.getresponse()
    answer.read()
    identifier = {"Lambda-Extension-Identifier": answer.headers["Lambda-Extension-Identifier"]}
    while memory:
        api.request("GET", "/2020-01-01/extension/event/next", headers=identifier)
        if json.load(api.getresponse())["eventType"] == "SHUTDOWN":
            return
        end = time.process_time() + CPU_MS / 1000
        while time.process_time() < end:
            pass


def detach():
    """Returns in the daemon; the first process ends with it."""
    alive, kept = os.pipe()
    if child := os.fork():
        os.close(kept)
        os.waitpid(child, 0)
        os.read(alive, 1)
        sys.exit()
    os.close(alive)
    os.setsid()
    if os.fork():
        os._exit(0)


if __name__ == "__main__":
    if "detach" in sys.argv:
        detach()
    main(sys.argv[1] if sys.argv[1:] else pathlib.Path(__file__).name)
