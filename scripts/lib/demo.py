"""Plays the demo: one function, one sandbox, and all that can happen to an invocation.

    demo.py --extension FILE [--rie FILE | --managed] [--lines VALUE]

Writes the EMF lines to standard output and what is going on to standard error. Exit status 1 unless every invocation is there
exactly once: on a line of its own, or in a summary.
"""
import argparse
import concurrent.futures
import json
import pathlib
import signal
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
from namespaces import NamespacesError
from rie import Rie, RieError
from sandbox import LiveSandbox, SandboxError

MEMORY_MB = 1769  # one vCPU, as much as this machine will give: 100 % in the table is then a core that is busy
TIMEOUT_S = 2
STEPS = (
    ("cold start", {"cpuMs": 20}),
    ("120 ms of CPU", {"cpuMs": 120}),
    ("100 ms of waiting", {"sleepMs": 100}),
    ("80 MB of memory", {"allocateMb": 80, "sleepMs": 30}),
    ("20 MB into /tmp", {"tmpMb": 20, "readMb": 20}),
    ("three child processes, 30 ms of CPU each", {"children": 3, "childCpuMs": 30}),
    ("an error", {"fail": "a demonstration"}),
    (f"a timeout, after {TIMEOUT_S} s", {"hang": True}),
    ("and back again", {"cpuMs": 20}),
)


# Managed Instances: so many invocations at once, of a function that works on as many.
CONCURRENCY = 8
MANAGED_STEPS = (
    ("40 invocations of 50 ms, 8 at once", [{"sleepMs": 45, "cpuMs": 5}] * 40),
    ("an error", [{"fail": "Function.Wrong"}]),
    (f"a timeout, after {TIMEOUT_S} s, and 8 that are quicker", [{"sleepMs": (TIMEOUT_S + 1) * 1000}, *[{"sleepMs": 300}] * 7]),
)


def tell(text):
    print(text, file=sys.stderr, flush=True)


def play(sandbox) -> list[str]:
    with sandbox:
        for number, (title, event) in enumerate(STEPS, 1):
            tell(f"    {number}. {title}")
            sandbox.invoke(event)
        tell("    SHUTDOWN")
        sandbox.terminate()
        if getattr(sandbox, "warnings", ""):
            tell(f"lambda-vitals said:\n{sandbox.warnings}")
        return sandbox.emf_lines()


def play_managed(sandbox) -> tuple[list[str], int]:
    """The lines, and the number of invocations."""
    invocations = 0
    with sandbox, concurrent.futures.ThreadPoolExecutor(CONCURRENCY) as pool:
        for number, (title, events) in enumerate(MANAGED_STEPS, 1):
            tell(f"    {number}. {title}")
            invocations += len(list(pool.map(sandbox.invoke, events)))
        tell("    SHUTDOWN")
        sandbox.terminate()
        if sandbox.warnings:
            tell(f"lambda-vitals said:\n{sandbox.warnings}")
        return sandbox.emf_lines(), invocations


def counts(lines) -> tuple[int, int, int]:
    """Lines of invocations, summaries, and the invocations in summaries."""
    summaries = [record for record in map(json.loads, lines) if record["event_type"] == "summary"]
    return sum('"request_id"' in line for line in lines), len(summaries), sum(each["invocations"] for each in summaries)


def tell_counts(invocations, lines) -> bool:
    """Whether every invocation is there once."""
    own, summaries, summarized = counts(lines)
    tell(f"==> {invocations} invocations, {own} lines" + (f", and {summarized} in summaries" if summaries else "")
         + (f", and {len(lines) - own - summaries} of the environment" if len(lines) > own + summaries else ""))
    return own + summarized == invocations


def main_managed(extension, env):
    sandbox = LiveSandbox(extension, ["./bootstrap"], cwd=ROOT / "test" / "functions" / "concurrent", memory=2048,
                          timeout=TIMEOUT_S, env=env, options=["--managed", "--concurrency", str(CONCURRENCY)])
    tell("==> a function on Managed Instances, in lambda-sandbox")
    lines, invocations = play_managed(sandbox)
    complete = tell_counts(invocations, lines)
    own, summaries, _ = counts(lines)
    of_environment = len(lines) - own - summaries
    print(*lines, sep="\n")
    sys.exit(not complete or of_environment == 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extension", required=True)
    parser.add_argument("--rie", help="play under this RIE instead of lambda-sandbox")
    parser.add_argument("--managed", action="store_true", help="many invocations at once, as on Managed Instances")
    parser.add_argument("--lines", help="LAMBDA_VITALS_LINES")
    options = parser.parse_args()
    env = {"LAMBDA_VITALS_LINES": options.lines} if options.lines else {}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every way out passes the clean-up

    if options.managed:
        main_managed(options.extension, env)
    command = [sys.executable, "-m", "awslambdaric", "app.handler"]
    settings = {"cwd": ROOT / "test" / "functions" / "demo", "memory": MEMORY_MB, "timeout": TIMEOUT_S, "env": env}
    sandbox = (Rie(options.rie, options.extension, command, **settings) if options.rie
               else LiveSandbox(options.extension, command, **settings))
    tell(f"==> {len(STEPS)} invocations of a Python function under {'the RIE' if options.rie else 'lambda-sandbox'}")
    lines = play(sandbox)
    complete = tell_counts(len(STEPS), lines)
    print(*lines, sep="\n")
    sys.exit(not complete)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except (NamespacesError, RieError, SandboxError, OSError) as error:
        sys.exit(f"demo: {error}")
