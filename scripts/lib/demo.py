"""Plays the demo: one function, one sandbox, and all that can happen to an invocation.

    demo.py --extension FILE [--rie FILE]

Writes the EMF lines to standard output and what is going on to standard error. Exit status 1 unless there is exactly one
line for every invocation.
"""
import argparse
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extension", required=True)
    parser.add_argument("--rie", help="play under this RIE instead of lambda-sandbox")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every way out passes the clean-up

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
