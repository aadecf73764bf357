"""A whole run of the tool: start, drive, end, summary, exit status."""

import asyncio
import gc
import os
import signal
import traceback
from dataclasses import asdict

from . import script
from .errors import INTERNAL_ERROR, INTERRUPTED, OK, Fatal, UsageError
from .invoke_endpoint import PATH, InvokeEndpoint
from .managed import ManagedSandbox
from .options import MANAGED, Options
from .process_tree import kill_tree
from .report import Reporter
from .sandbox import Sandbox


def main(options: Options) -> int:
    """Runs, and returns the exit status: never 0 when anything raised what nobody expected."""
    unexpected: list[str] = []
    exit_code = asyncio.run(run(options, unexpected))
    gc.collect()  # tasks and futures whose exception nobody took report it when they are deleted
    return INTERNAL_ERROR if unexpected else exit_code


async def run(options: Options, unexpected: list[str]) -> int:
    steps = script.load(options.script) if options.script is not None else None
    payload = options.payload_bytes()
    reporter = Reporter(options.report, options.report_only, options.verbosity)
    sandbox = (ManagedSandbox if options.initialization_type == MANAGED else Sandbox)(options, reporter)
    task = asyncio.current_task()
    assert task is not None
    interrupts = _Interrupts(task, expected=options.listen is not None)
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: _raised(sandbox, task, unexpected, context["message"], context.get("exception")))
    exit_code = OK
    try:
        async with sandbox:
            try:
                await _drive(sandbox, steps, payload)
            except Fatal as error:
                exit_code = error.exit_code
                sandbox.host.note_problem(error.exit_code, str(error))
            except asyncio.CancelledError:
                exit_code = interrupts.exit_code if sandbox.host.problem is None else OK
    except asyncio.CancelledError:
        exit_code = INTERRUPTED
    except UsageError:
        raise
    except Fatal as error:  # the sandbox could not be opened
        exit_code = error.exit_code
        sandbox.host.note_problem(error.exit_code, str(error))
    except Exception as error:
        _raised(sandbox, None, unexpected, f"{type(error).__name__}: {error}", error)
        kill_tree(os.getpid(), itself=False)
    gc.collect()
    if unexpected:
        exit_code = INTERNAL_ERROR
    elif sandbox.host.problem is not None:
        exit_code = exit_code or sandbox.host.problem[0]
    _summarize(sandbox, exit_code)
    reporter.close()
    return exit_code


def _raised(sandbox: Sandbox, task: asyncio.Task | None, unexpected: list[str], message: str,
            error: BaseException | None) -> None:
    """Something raised what nobody expected, in a callback or in `task`: whatever follows could not be trusted."""
    unexpected.append(message)
    if error is not None:
        traceback.print_exception(error)
    sandbox.host.note_problem(INTERNAL_ERROR, f"internal error: {message}")
    if task is not None:
        task.cancel()


class _Interrupts:
    """The first SIGINT or SIGTERM ends the run with a proper SHUTDOWN, the second one kills at once."""

    def __init__(self, task: asyncio.Task, expected: bool):
        self._task = task
        self.exit_code = OK if expected else INTERRUPTED
        self._count = 0
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._interrupt)

    def _interrupt(self) -> None:
        self._count += 1
        if self._count > 1:
            kill_tree(os.getpid(), itself=False)
        self._task.cancel()


async def _drive(sandbox: Sandbox, steps: list[dict] | None, payload: bytes) -> None:
    options = sandbox.options
    player = script.Player(sandbox)
    if options.listen is not None:
        await _serve(sandbox, options.listen)
    elif steps is not None:
        await player.play(steps)
    else:
        await player.repeat(payload, 1 if options.invocations is None else options.invocations)


async def _serve(sandbox: Sandbox, port: int) -> None:
    broken: asyncio.Future = asyncio.get_running_loop().create_future()

    def break_off(error: BaseException) -> None:
        if not broken.done():
            broken.set_exception(error)

    endpoint = InvokeEndpoint(sandbox, break_off)
    try:
        port = await endpoint.open(port)
    except OSError as error:
        raise UsageError(f"--listen {port}: {os.strerror(error.errno or 0)}; 0 takes a free port") from None
    try:
        await sandbox.start()
        await sandbox.freeze()
        url = f"http://127.0.0.1:{port}{PATH.format(name='function')}"
        sandbox.reporter.write("listening", port=port, url=url)
        sandbox.reporter.say(f"invoke with: curl -d '{{}}' {url}")
        await broken  # until a signal ends the run
    finally:
        await endpoint.close()


def _summarize(sandbox: Sandbox, exit_code: int) -> None:
    reporter, host = sandbox.reporter, sandbox.host
    figures = reporter.figures.summary()
    reporter.write(
        "summary", exitCode=exit_code, problem=host.problem[1] if host.problem else None, **figures,
        maxMemoryUsedMB=host.memory.peak_mb,
        telemetry={name: asdict(counters) for name, counters in host.hub.counters.items()},
        faults={fault.spec: fault.fired for fault in host.faults.all})
    count = figures["invocations"]
    statuses = ", ".join(f"{count} {status}" for status, count in figures["statuses"].items())
    rate = figures["invocationsPerSecond"]
    reporter.say(f"{count} invocation{'' if count == 1 else 's'}" + (f" ({statuses})" if statuses else "")
                 + (f", {rate:.0f} a second" if rate and count > 1 else ""))
