"""The sandbox of a soak run, as a process of its own: it freezes and kills everything that descends from it.

Writes the request ids of the INVOKEs to a descriptor while it goes, and at the end one JSON object to standard output.
"""
import argparse
import array
import asyncio
import fcntl
import json
import os
import pathlib
import sys
import termios
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test" / "sandbox"))

from behaviour import FAULTS, Behaviour  # noqa: E402
from footprint import Footprint  # noqa: E402
from lambda_sandbox.options import Options  # noqa: E402
from lambda_sandbox.sandbox import Sandbox  # noqa: E402

FREEZE_MS = 1
LOOKS = 400  # at the extension's memory, in a run
STANDSTILL_S = 60  # no invocation takes so long
PIPE_BYTES = 1 << 20
BACKLOG_BYTES = PIPE_BYTES // 4


class Progress:
    """One line that is overwritten on a terminal, and one every ten seconds elsewhere."""

    def __init__(self, total: int):
        self._total = total
        self._began = self._last = time.monotonic()
        self._terminal = sys.stderr.isatty()

    def tell(self, done: int, footprint: Footprint) -> None:
        now = time.monotonic()
        if now - self._last < (0.5 if self._terminal else 10):
            return
        self._last = now
        rate = done / (now - self._began)
        text = (f"{done:,} of {self._total:,} invocations, {rate:,.0f}/s, {(self._total - done) / rate:,.0f} s left; "
                f"extension: {footprint.now}")
        end = "" if self._terminal else "\n"
        print(f"\r{text:<110}" if self._terminal else text, end=end, file=sys.stderr, flush=True)

    def end(self) -> float:
        if self._terminal:
            print(file=sys.stderr)
        return time.monotonic() - self._began


class Lines:
    """The FIFO that the lines go through. The extension loses lines, as it must, when nobody reads them for long; so the
    invocations wait for the reader, which is a busy one on a busy machine."""

    def __init__(self, path: str):
        self._descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        fcntl.fcntl(self._descriptor, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._waiting = array.array("i", [0])

    async def keep_up(self) -> None:
        while fcntl.ioctl(self._descriptor, termios.FIONREAD, self._waiting) == 0 and self._waiting[0] > BACKLOG_BYTES:
            await asyncio.sleep(0.002)

    def close(self) -> None:
        os.close(self._descriptor)


async def drive(options) -> dict:
    behaviour, footprint = Behaviour(options.seed, options.invocations), Footprint()
    settings = Options(runtime=[options.workload], extensions=options.extensions, freeze=options.freeze, memory=512,
                       freeze_ms=FREEZE_MS, timeout=10, fault=FAULTS, seed=options.seed, verbosity=0,
                       extension_stdout=options.lines,
                       extension_stderr="null", env=[f"LAMBDA_VITALS_LINES={options.setting}"])
    progress = Progress(options.invocations)
    every = max(1, options.invocations // LOOKS)
    lines = Lines(options.lines)
    with os.fdopen(options.request_ids, "w", buffering=1) as request_ids:
        async with Sandbox(settings) as sandbox:
            for number in range(options.invocations):
                event, timeout = behaviour.invocation(number)
                await lines.keep_up()
                # Not wait_for: Python 3.11's loses an interrupt that comes in the moment in which the invocation ends.
                async with asyncio.timeout(STANDSTILL_S):
                    invocation = await sandbox.invoke(event, timeout)
                if invocation.sent is not None:
                    request_ids.write(invocation.request_id + "\n")
                if number % every == 0:
                    footprint.look(sandbox.host.extensions[0].process.pid)
                    progress.tell(number + 1, footprint)
                if options.freeze:
                    await asyncio.sleep(FREEZE_MS / 1000)
    lines.close()
    return {"seconds": progress.end(), "statuses": sandbox.reporter.figures.statuses, **footprint.figures()}


def main() -> int:
    parser = argparse.ArgumentParser()
    for name in ("invocations", "seed", "request-ids"):
        parser.add_argument(f"--{name}", type=int, required=True)
    for name in ("extensions", "workload", "lines", "setting"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--freeze", action="store_true")
    try:
        print(json.dumps(asyncio.run(drive(parser.parse_args()))))
    except TimeoutError:
        print(f"an invocation took more than {STANDSTILL_S} s: a standstill", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
