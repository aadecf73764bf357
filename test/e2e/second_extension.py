#!/usr/bin/env python3
"""An extension of somebody else: it uses 40 ms of CPU time for every INVOKE, and goes at SHUTDOWN."""
import http.client
import json
import os
import pathlib
import time

CPU_MS = 40


def main():
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])  # one connection, kept alive
    api.request("POST", "/2020-01-01/extension/register", json.dumps({"events": ["INVOKE", "SHUTDOWN"]}),
                {"Lambda-Extension-Name": pathlib.Path(__file__).name})
    answer = api.getresponse()
    answer.read()
    identifier = {"Lambda-Extension-Identifier": answer.headers["Lambda-Extension-Identifier"]}
    while True:
        api.request("GET", "/2020-01-01/extension/event/next", headers=identifier)
        if json.load(api.getresponse())["eventType"] == "SHUTDOWN":
            return
        end = time.process_time() + CPU_MS / 1000
        while time.process_time() < end:
            pass


if __name__ == "__main__":
    main()
