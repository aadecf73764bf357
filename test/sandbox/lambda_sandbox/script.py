"""A run given step by step: JSON lines, each an object with one of these members.

    {"invoke": PAYLOAD, "count": N, "timeout": S, "qualifier": "…", "traceId": "…", "requestId": "…", "tenantId": "…",
     "background": true}
    {"wait": true}                       for the invocation in the background
    {"sleep_ms": N}                      frozen, unless an invocation is going on
    {"fault": "SPEC"}  {"clear_faults": true}
    {"signal": {"process": "runtime" | "extension" | NAME, "signal": "TERM"}}
    {"restore": true}                    the end of the sandbox, and another one from its snapshot
    {"reset": REASON}                    as after a failure: SHUTDOWN, then a new init inside the next invocation
    {"shutdown": REASON}                 the end of the sandbox; the next invocation begins a new one
"""

import asyncio
import json
from typing import Any

from .errors import UsageError
from .faults import parse as parse_fault
from .processes import signal_number
from .sandbox import Sandbox

_KINDS: dict[str, Any] = {
    "invoke": None, "wait": bool, "sleep_ms": (int, float), "fault": str, "clear_faults": bool, "signal": dict,
    "restore": bool, "reset": str, "shutdown": str}
_INVOKE_MEMBERS: dict[str, Any] = {
    "invoke": None, "count": int, "timeout": (int, float), "qualifier": str, "traceId": str, "requestId": str,
    "tenantId": str, "background": bool}


def load(path: str) -> list[dict]:
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except OSError as error:
        raise UsageError(f"--script {path}: {error.strerror}") from None
    return [_parse(line, f"{path}:{number}") for number, line in enumerate(lines, 1)
            if line.strip() and not line.lstrip().startswith("#")]


def _parse(line: str, where: str) -> dict:
    try:
        step = json.loads(line)
    except ValueError as error:
        raise UsageError(f"{where}: not JSON: {error}") from None
    if not isinstance(step, dict):
        raise UsageError(f"{where}: a step is a JSON object")
    members = _INVOKE_MEMBERS if "invoke" in step else _KINDS
    for name, value in step.items():
        if name not in members:
            raise UsageError(f"{where}: no step has a member {name!r}")
        if members[name] is not None and not isinstance(value, members[name]):
            raise UsageError(f"{where}: {name} cannot be {value!r}")
    if "invoke" not in step and len(step) != 1:
        raise UsageError(f"{where}: a step has one of {', '.join(_KINDS)}")
    try:
        _check(step)
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from None
    return step


def _check(step: dict) -> None:
    if "fault" in step:
        parse_fault(step["fault"])
    if "signal" in step:
        if set(step["signal"]) != {"process", "signal"}:
            raise UsageError('a signal has "process" and "signal"')
        signal_number(step["signal"]["signal"])


class Player:
    def __init__(self, sandbox: Sandbox):
        self._sandbox = sandbox
        self._background: asyncio.Future | None = None

    async def play(self, steps: list[dict]) -> None:
        try:
            for step in steps:
                await self._step(step)
            await self._wait()
        finally:
            if self._background is not None:
                self._background.cancel()
                await asyncio.gather(self._background, return_exceptions=True)

    async def repeat(self, payload: bytes, count: int) -> None:
        if self._sandbox.host.managed:
            await asyncio.gather(*(self._sandbox.invoke(payload) for _ in range(count)))
            return
        pause = self._pause_s
        for _ in range(count):
            await self._sandbox.invoke(payload)
            if pause:
                await asyncio.sleep(pause)

    @property
    def _pause_s(self) -> float:
        return self._sandbox.options.freeze_ms / 1000 if self._sandbox.options.freeze else 0

    async def _step(self, step: dict) -> None:
        sandbox = self._sandbox
        if "invoke" in step:
            await self._invoke(step)
        elif "wait" in step:
            await self._wait()
        elif "sleep_ms" in step:
            if self._background is None:
                await sandbox.freeze()
            await asyncio.sleep(step["sleep_ms"] / 1000)
        elif "fault" in step:
            sandbox.host.faults.add(step["fault"])
        elif "clear_faults" in step:
            sandbox.host.faults.clear()
        elif "signal" in step:
            sandbox.signal(step["signal"]["process"], step["signal"]["signal"])
        elif "restore" in step:
            await self._wait()
            await sandbox.restore_again()
        elif "reset" in step:
            await self._wait()
            await sandbox.reset(step["reset"])
        elif "shutdown" in step:
            if not sandbox.host.managed:  # there it ends with invocations in flight
                await self._wait()
            await sandbox.shutdown(step["shutdown"])

    async def _invoke(self, step: dict) -> None:
        if not self._sandbox.host.managed:
            await self._wait()
        payload = json.dumps(step["invoke"]).encode()

        def one():
            return self._sandbox.invoke(payload, step.get("timeout"), step.get("qualifier"), step.get("traceId"),
                                        request_id=step.get("requestId"), tenant_id=step.get("tenantId"))

        count = step.get("count", 1)
        if self._sandbox.host.managed:
            batch = asyncio.gather(*(one() for _ in range(count)))
            if step.get("background"):
                self._background = batch if self._background is None else asyncio.gather(self._background, batch)
                await asyncio.sleep(0)
            else:
                await batch
            return
        for _ in range(count):
            invocation = one()
            if step.get("background"):
                self._background = asyncio.get_running_loop().create_task(invocation)
                await asyncio.sleep(0)
                return
            await invocation
            if self._pause_s:
                await asyncio.sleep(self._pause_s)

    async def _wait(self) -> None:
        if self._background is not None:
            await self._background
            self._background = None
