"""The command line."""

import argparse
import sys

from . import errors
from .errors import Fatal, UsageError
from .options import INITIALIZATION_TYPES, Options

USAGE = """\
lambda-sandbox [--extensions DIR] [options]
                      [-n COUNT | --script FILE | --listen PORT]
                      [-- RUNTIME ARGUMENT...]"""

DESCRIPTION = """\
Runs Lambda extensions and a runtime as real processes on this machine, and
serves them the Runtime, Extensions and Telemetry APIs as Lambda does: init,
invocations, freeze (SIGSTOP of everything) and thaw, timeouts, crashes, resets
and SHUTDOWN. What the processes print goes to standard output, as it would to
the function's log; the sandbox's diagnostics go to standard error.

RUNTIME is the command of the runtime; without it, TASK_ROOT/bootstrap.
"""

EPILOG = """\
script steps, one JSON object a line:
  {"invoke": PAYLOAD}          also "count": N, "timeout": SECONDS,
                               "qualifier": ALIAS, "traceId": ID,
                               "requestId": ID (used twice: a retry),
                               "tenantId": ID, and
                               "background": true to go on while it runs
  {"wait": true}               for the invocation in the background
  {"sleep_ms": N}              frozen, unless an invocation runs
  {"fault": SPEC}              turn a fault on;  {"clear_faults": true}
  {"signal": {"process": "runtime", "signal": "KILL"}}
                               to the runtime, "extension" or one by its name
  {"restore": true}            SHUTDOWN, and another sandbox from the snapshot
                               (--restore-by criu)
  {"reset": REASON}            SHUTDOWN; the next invocation starts again
  {"shutdown": REASON}         the end of this sandbox; the next invocation
                               begins another one

faults, as --fault SPEC or as a step:
  telemetry:delay=MS           batches come late
  telemetry:double[=P]         events or whole batches come twice
  telemetry:reorder[=P]        events come in another order
  telemetry:garble[=P]         events are broken, and some whole bodies
  telemetry:drop[=P|=TYPE]     events are lost, at random or of one type
  api:ENDPOINT=ACTION          ENDPOINT: register next init-error exit-error
                               telemetry runtime-next response
                               runtime-init-error
    ACTION 500, 403, ...       this status instead of the answer
           empty garbled huge  200 with no body, no JSON, 10 MB
           hang                no answer at all
           reset close         RST or end of stream instead of the answer;
                               reset-header, close-body, ...: in the middle
           huge-headers        64 KB of them
           repeat              the right event, and the next call gets it again
           unknown memberless huge-id not-utf8 deep
                               200 with an event of an unknown type, one
                               without its members, with an id of 100 KB, not
                               in UTF-8, nested 10,000 deep
           chunked drip        the right answer in chunks, or byte by byte
           no-headers odd-headers past-deadline
                               the right answer without any header, with odd
                               ones, with a deadline long ago
           delay:MS            the right answer, late
  Append @P, @every:N or @times:N to say how often: api:next=503@0.1.
  An event that a fault kept from its reader is handed out again.

report (--report FILE), one JSON object a line, with a "type":
  start, init, listening, subscription, invocation, freeze, thaw, restore,
  signal, fault, shutdown, problem, summary. README.md lists their members.

exit status:
  0  everything went as asked; failed invocations are the function's business
  1  the sandbox itself failed
  2  the command line, script or a file named there is wrong
  3  an extension or the runtime could not be started
  4  an extension did not register in time
  5  an extension exited before SHUTDOWN (Extension.Crash)
  6  an extension had to be killed at the end of SHUTDOWN
  130  interrupted (with --listen an interrupt is the normal end)

examples:
  Three invocations of a function with the extensions of a folder:
    lambda-sandbox --extensions build/extensions -n 3 -- ./bootstrap
  Invoke by hand, with 512 MB and telemetry as late as it gets:
    lambda-sandbox --extensions build/extensions --memory 512 \\
        --fault telemetry:delay=2000 --listen 8080 -- \\
        python3 -m awslambdaric app.handler
  A timeout, then a good invocation, and what happened as JSON:
    echo '{"invoke": {"sleep": 5}, "timeout": 0.5}' > steps
    echo '{"invoke": {}}' >> steps
    lambda-sandbox --extensions build/extensions --script steps --report -
"""


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(
        prog="lambda-sandbox", usage=USAGE, description=DESCRIPTION, epilog=EPILOG, allow_abbrev=False,
        argument_default=argparse.SUPPRESS, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument("--extensions", metavar="DIR", help="start every file of DIR as an extension")
    _add_invocations(result.add_argument_group("what to invoke (default: once)"))
    _add_function(result.add_argument_group("the function"))
    _add_platform(result.add_argument_group("the platform"))
    _add_output(result.add_argument_group("output"))
    return result


def _add_invocations(group) -> None:
    group.add_argument("-n", "--invocations", metavar="COUNT", type=int, help="invoke COUNT times, then SHUTDOWN")
    group.add_argument("--payload", metavar="JSON", help="the event of -n, or @FILE (default {})")
    group.add_argument("--script", metavar="FILE", help="play the steps of FILE (see below), then SHUTDOWN")
    group.add_argument("--listen", metavar="PORT", type=int,
                       help="take invocations over HTTP, as the Runtime Interface Emulator does, until SIGTERM or "
                            "Ctrl-C; 0 takes a free port")


def _add_function(group) -> None:
    group.add_argument("--function-name", metavar="NAME", help="(default function)")
    group.add_argument("--function-version", metavar="V", help="(default $LATEST)")
    group.add_argument("--runtime-version", metavar="V", help="what platform.initStart reports (default local)")
    group.add_argument("--qualifier", metavar="ALIAS", help="alias or version in the invoked ARN (default none)")
    group.add_argument("--memory", metavar="MB", type=int, help="memory size (default 128)")
    group.add_argument("--cpu-quota", action="store_true",
                       help="extensions and runtime together get MB/1769 of a CPU, as in Lambda: by a CPU cgroup with "
                            "a period of 20 ms. Takes root and at least 128 MB")
    group.add_argument("--timeout", metavar="S", type=float, help="seconds, fractions allowed (default 3)")
    group.add_argument("--handler", metavar="NAME", help="_HANDLER (default app.handler)")
    group.add_argument("--task-root", metavar="DIR", help="where the runtime runs (default .)")
    group.add_argument("--initialization-type", metavar="TYPE", help=", ".join(INITIALIZATION_TYPES)
                       + " (default the first)")
    group.add_argument("--managed", action="store_true", help="Managed Instances: many invocations at once, without a freeze; "
                                                           "--initialization-type lambda-managed-instances, with JSON logs")
    group.add_argument("--concurrency", metavar="N", type=int, help="with --managed: how many at once (default 1)")
    group.add_argument("--log-format", metavar="FORMAT", help="AWS_LAMBDA_LOG_FORMAT: Text or JSON (default unset)")
    group.add_argument("--log-level", metavar="LEVEL", help="AWS_LAMBDA_LOG_LEVEL (default unset)")
    group.add_argument("--region", metavar="NAME", help="(default us-east-1)")
    group.add_argument("--account-id", metavar="ID", help="(default 123456789012)")
    group.add_argument("--tracing", action=argparse.BooleanOptionalAction, help="a trace id for every invocation "
                                                                              "(default yes)")
    group.add_argument("--env", metavar="K=V", action="append", help="an environment variable for all processes; "
                                                                     "LAMBDA_VITALS_* of the caller are passed on")
    group.add_argument("--runtime-env", metavar="K=V", action="append", help="for the runtime alone")
    group.add_argument("--extension-env", metavar="K=V", action="append", help="for the extensions alone")


def _add_platform(group) -> None:
    group.add_argument("--freeze", action=argparse.BooleanOptionalAction,
                       help="stop all processes between invocations (default yes)")
    group.add_argument("--freeze-ms", metavar="N", type=float, help="how long, with -n and scripts (default 5)")
    group.add_argument("--telemetry", metavar="on|off", help="off: subscriptions are answered 202, nothing ever comes "
                                                             "(default on)")
    group.add_argument("--report-after-reset", action="store_true",
                       help="deliver runtimeDone and report also after a timeout or crash")
    group.add_argument("--enforce-memory", action="store_true", help="kill a runtime that exceeds the memory size")
    group.add_argument("--restore", action="store_true", help="with snap-start: continue from a snapshot after init")
    group.add_argument("--restore-by", metavar="WAY", help="stop: the processes are stopped, and go on (default); criu: they "
                                                           "are in files meanwhile, and can be restored again. Takes root")
    group.add_argument("--connections", metavar="HOW", help="what a restored extension finds of its connections: kept "
                                                            "(default), closed, reset, or dead: gone without a word")
    group.add_argument("--clocks", metavar="S,S", help="how far the steady clock and the time since boot of a restored extension "
                                                       "have jumped, in seconds (default: not). Takes root and x86_64")
    group.add_argument("--init-timeout", metavar="S", type=float, help="limit of the init phase (default 10)")
    group.add_argument("--shutdown-timeout", metavar="S", type=float, help="limit of SHUTDOWN (default 2)")
    group.add_argument("--shutdown-reason", metavar="R", help="of the last SHUTDOWN (default spindown)")
    group.add_argument("--api-port", metavar="PORT", type=int, help="of the APIs (default 0: a free one)")
    group.add_argument("--fault", metavar="SPEC", action="append", help="misbehave (see below); may be repeated")
    group.add_argument("--seed", metavar="N", type=int, help="repeat the chances that faults took")


def _add_output(group) -> None:
    for name in ("extension-stdout", "extension-stderr", "runtime-stdout", "runtime-stderr"):
        group.add_argument(f"--{name}", metavar="FILE", help="append it to FILE, or null (default: ours)")
    group.add_argument("--report", metavar="FILE", help="write what happens to FILE as JSON lines; - for stdout")
    group.add_argument("--report-only", metavar="TYPES", type=lambda text: text.split(","),
                       help="only these types of lines, such as invocation,summary")
    group.add_argument("-q", "--quiet", dest="verbosity", action="store_const", const=0, help="errors only")
    group.add_argument("-v", "--verbose", dest="verbosity", action="store_const", const=2, help="every step")


def parse(arguments: list[str]) -> Options:
    runtime: list[str] = []
    if "--" in arguments:
        at = arguments.index("--")
        arguments, runtime = arguments[:at], arguments[at + 1:]
    return Options(runtime=runtime, **vars(parser().parse_args(arguments)))


def main(arguments: list[str]) -> int:
    from .runner import main as run  # asyncio and all are not needed for --help
    try:
        return run(parse(arguments))
    except UsageError as error:
        print(f"lambda-sandbox: {error}", file=sys.stderr)
        return errors.USAGE_ERROR
    except Fatal as error:
        print(f"lambda-sandbox: {error}", file=sys.stderr)
        return error.exit_code
