#!/usr/bin/env python3
"""An extension that does what FAKE_EXTENSION (JSON) says, and prints what it sees as JSON lines."""

import json
import os
import selectors
import socket
import sys
import time

from client import Broken, Client, read_message

plan = json.loads(os.environ.get("FAKE_EXTENSION", "{}"))
name = os.path.basename(sys.argv[0])
plan = plan.get(name, plan)
IDENTIFIER = "Lambda-Extension-Identifier"
NEXT = "/2020-01-01/extension/event/next"
api = Client(plan.get("retries", 0))


def tell(**what: object) -> None:
    os.write(1, (json.dumps({"from": name, "at": time.time() * 1000, **what}) + "\n").encode())


def is_event(status: int, headers: dict, body: bytes) -> bool:
    try:
        return status == 200 and "eventType" in json.loads(body)
    except ValueError:
        return False


class Telemetry:
    """Answers what comes on its port with the planned statuses, then 200."""

    def __init__(self) -> None:
        self.statuses = list(plan.get("statuses", []))
        self.seen: list[str] = []
        self.listener = socket.create_server(("127.0.0.1", plan.get("port", 0)))
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)

    def subscribe(self, identity: dict[str, str]) -> None:
        port = self.listener.getsockname()[1]
        wish = {"schemaVersion": "2022-12-13", "types": ["platform"],
                "buffering": {"maxItems": 1000, "maxBytes": 262144, "timeoutMs": 25},
                "destination": {"protocol": "HTTP", "URI": f"http://sandbox.localdomain:{port}"}}
        wish |= plan.get("wish", {})
        status, _, body = api.call("PUT", "/2022-07-01/telemetry", json.dumps(wish).encode(), identity)
        tell(subscribed=status, body=body.decode("latin-1"))
        if plan.get("deaf"):
            self.selector.unregister(self.listener)

    def serve(self, seconds: float) -> None:
        """One round of whatever is there, or the wait for it."""
        for key, _ in self.selector.select(max(0, seconds)):
            if key.fileobj is self.listener:
                self.selector.register(self.listener.accept()[0], selectors.EVENT_READ)
            elif key.fileobj is not api._sock:
                self.answer(key.fileobj)

    def answer(self, sock: socket.socket) -> None:
        try:
            _, headers, body = read_message(sock)
        except (Broken, OSError):
            self.selector.unregister(sock)
            return
        status = self.statuses.pop(0) if self.statuses else 200
        try:
            events = json.loads(body)
            self.seen += [event["type"] for event in events]
            tell(telemetry=events, status=status, host=headers["host"], bytes=len(body))
        except Exception as error:
            tell(garbled=str(error), status=status)
        sock.sendall(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode())

    def serve_until(self, event_type: str, count: int, limit_s: float) -> None:
        end = time.monotonic() + limit_s
        while self.seen.count(event_type) < count and time.monotonic() < end:
            self.serve(end - time.monotonic())


def next_event(telemetry: Telemetry | None, identity: dict[str, str]) -> dict:
    if telemetry is None or plan.get("retries") or plan.get("deaf"):
        return json.loads(api.call("GET", NEXT, b"", identity, is_event)[2])
    lines = "".join(f"{key}: {value}\r\n" for key, value in identity.items())
    api._sock.sendall(f"GET {NEXT} HTTP/1.1\r\nHost: api\r\n{lines}\r\n".encode())
    telemetry.selector.register(api._sock, selectors.EVENT_READ)
    while not any(key.fileobj is api._sock for key, _ in telemetry.selector.select(None)):
        telemetry.serve(0)
    telemetry.selector.unregister(api._sock)
    return json.loads(read_message(api._sock)[2])


def register() -> dict[str, str] | None:
    status, headers, body = api.call(
        "POST", "/2020-01-01/extension/register",
        json.dumps({"events": plan.get("events", ["INVOKE", "SHUTDOWN"])}).encode(),
        {"Lambda-Extension-Name": plan.get("name", name), "Lambda-Extension-Accept-Feature": "accountId"},
        lambda status, headers, body: status < 500 and (status != 200 or IDENTIFIER.lower() in headers))
    tell(registered=status, body=body.decode("latin-1"))
    return {IDENTIFIER: headers[IDENTIFIER.lower()]} if status == 200 else None


def main() -> int:
    if "exit_at_start" in plan:
        return plan["exit_at_start"]
    time.sleep(plan.get("register_after", 0))
    tell(environment=dict(os.environ), pid=os.getpid())
    identity = register()
    if identity is None:
        return 1
    telemetry = Telemetry() if plan.get("subscribe", True) else None
    if telemetry is not None and not plan.get("subscribe_at_invoke"):
        telemetry.subscribe(identity)
    if "exit_error" in plan:
        api.call("POST", "/2020-01-01/extension/exit/error", b"{}",
                 {**identity, "Lambda-Extension-Function-Error-Type": plan["exit_error"]})
        return 1
    if plan.get("never_next"):
        time.sleep(60)
    invocations = 0
    while True:
        event = next_event(telemetry, identity)
        tell(event=event, failures=api.failures)
        if event["eventType"] == "SHUTDOWN":
            break
        invocations += 1
        if plan.get("subscribe_at_invoke"):
            telemetry.subscribe(identity)
        if plan.get("exit_at_invoke") == invocations:
            return plan.get("exit_code", 0)
        if plan.get("sync") and telemetry is not None:
            telemetry.serve_until("platform.runtimeDone", invocations, 1)
        if "register_again" in plan:
            register()
        if "hang_up_s" in plan:
            with socket.create_connection(api._sock.getpeername()) as sock:
                sock.sendall(f"GET {NEXT} HTTP/1.1\r\n{IDENTIFIER}: {identity[IDENTIFIER]}\r\n\r\n".encode())
            time.sleep(plan["hang_up_s"])
        time.sleep(plan.get("hold_ms", 0) / 1000)
    if telemetry is not None:
        telemetry.serve_until("none", 1, plan.get("linger_s", 0.1))
    time.sleep(plan.get("shutdown_s", 0))
    return plan.get("shutdown_code", 0)


sys.exit(main())
