"""Plays the demo: one function, one sandbox, and all that can happen to an invocation.

    demo.py --extension FILE [--rie FILE | --managed]

Writes the EMF lines to standard output and what is going on to standard error. Exit status 1 unless there is exactly one
line for every invocation.
"""
import argparse
import concurrent.futures
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


def main_managed(extension):
    sandbox = LiveSandbox(extension, ["./bootstrap"], cwd=ROOT / "test" / "functions" / "concurrent", memory=2048,
                          timeout=TIMEOUT_S, options=["--managed", "--concurrency", str(CONCURRENCY)])
    tell("==> a function on Managed Instances, in lambda-sandbox")
    lines, invocations = play_managed(sandbox)
    of_invocations = sum('"request_id"' in line for line in lines)
    tell(f"==> {invocations} invocations, {of_invocations} lines, and {len(lines) - of_invocations} of the environment")
    print(*lines, sep="\n")
    sys.exit(of_invocations != invocations or of_invocations == len(lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extension", required=True)
    parser.add_argument("--rie", help="play under this RIE instead of lambda-sandbox")
    parser.add_argument("--managed", action="store_true", help="many invocations at once, as on Managed Instances")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every way out passes the clean-up

    if options.managed:
        main_managed(options.extension)
    command = [sys.executable, "-m", "awslambdaric", "app.handler"]
    settings = {"cwd": ROOT / "test" / "functions" / "demo", "memory": MEMORY_MB, "timeout": TIMEOUT_S}
    sandbox = (Rie(options.rie, options.extension, command, **settings) if options.rie
               else LiveSandbox(options.extension, command, **settings))
    tell(f"==> {len(STEPS)} invocations of a Python function under {'the RIE' if options.rie else 'lambda-sandbox'}")
    lines = play(sandbox)
    tell(f"==> {len(STEPS)} invocations, {len(lines)} lines")
    for line in lines:
        print(line)
    sys.exit(len(lines) != len(STEPS))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except (NamespacesError, RieError, SandboxError, OSError) as error:
        sys.exit(f"demo: {error}")
