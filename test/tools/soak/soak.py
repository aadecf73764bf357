"""Invokes a function very often in lambda-sandbox, which misbehaves at random, and checks the extension's lines.

Run by scripts/soak, whose --help describes the rest.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
LINES_S = 300  # for the last lines to be checked


def start(folder: pathlib.Path, options) -> tuple[subprocess.Popen, subprocess.Popen]:
    """The sandbox, and the check of the lines."""
    extensions, lines = folder / "extensions", folder / "lines"
    extensions.mkdir()
    shutil.copy(options.extension, extensions / "lambda-vitals")
    os.mkfifo(lines)
    # In a session of its own: Ctrl-C reaches it as the end of what it reads.
    check = subprocess.Popen([sys.executable, HERE / "line_check.py", lines, options.validator, options.lines],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
    ids = check.stdin.fileno()
    drive = subprocess.Popen(
        [sys.executable, HERE / "drive.py", "--invocations", str(options.invocations), "--seed", str(options.seed),
         "--extensions", extensions, "--workload", options.workload, "--lines", lines, "--request-ids", str(ids),
         "--setting", options.lines, *(["--freeze"] if options.freeze else [])],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, pass_fds=[ids])
    check.stdin.close()
    check.stdin = None
    return drive, check


def run(options) -> int:
    with tempfile.TemporaryDirectory(prefix="lambda-soak-") as name:
        drive, check = start(pathlib.Path(name), options)
        try:
            output, _ = drive.communicate()
            if drive.returncode != 0:
                return drive.returncode
            verdict, _ = check.communicate(timeout=LINES_S)
        finally:
            if drive.poll() is None:  # interrupted, as it is itself: it ends its processes in good order
                drive.communicate()
            check.kill()
            check.communicate()
    return tell(options, json.loads(output), json.loads(verdict))


def tell(options, run: dict, lines: dict) -> int:
    count, seconds = sum(run["statuses"].values()), run["seconds"]
    statuses = ", ".join(f"{number:,} {status}" for status, number in sorted(run["statuses"].items()))
    print(f"{count:,} invocations {'with' if options.freeze else 'without'} freeze, seed {options.seed}, in "
          f"{seconds:,.0f} s ({count / seconds:,.0f}/s): {statuses}")
    summaries = f" and {lines['summaries']:,} summaries of {lines['summarized']:,}" if lines["summaries"] else ""
    print(f"{lines['expected']:,} INVOKEs, {lines['lines']:,} lines{summaries}; {lines['faults']} lines missing, doubled, malformed "
          "or out of order")
    print(run["footprint"])
    for fault in (faults := [*lines["shown"], *run["faults"]]):
        print(f"FAULT {fault}")
    failed = bool(faults) or lines["faults"] > 0
    print("failed" if failed else "passed")
    return int(failed)


def main() -> int:
    parser = argparse.ArgumentParser()
    for name in ("invocations", "seed"):
        parser.add_argument(f"--{name}", type=int, required=True)
    for name in ("extension", "validator", "workload", "lines"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--freeze", action="store_true")
    try:
        return run(parser.parse_args())
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
