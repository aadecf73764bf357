"""The command behind scripts/bench."""
import argparse
import datetime
import json
import os
import pathlib
import sys

from .driver import DriverError
from . import guard
from .places import ROOT


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"bench: {message}; see scripts/bench --help\n")


def parse(arguments):
    parser = Parser(prog="scripts/bench", formatter_class=argparse.RawDescriptionHelpFormatter, description="""\
Measures Lambda Vitals beside a C floor, a Rust and a Go extension, all in one run, and prints a table: median, p99 and
ratio to the floor. Sets up and builds what it needs. The full run takes about an hour of a machine with nothing
else to do; docs/performance.md describes what it measures.""", epilog="""\
measures: start, start-cold, memory, cpu, long, idle, size, rie-latency, rie-start,
          quota (all of quota-128, quota-256, quota-512, quota-1024, quota-1769,
          quota-sleep, quota-start: under the CPU quota of a memory size), micro
curves:   processes, telemetry, rate, length
apart:    report (scripts/report with a million lines), report-large (with ten million: 14 GB of disk), only when named""")
    parser.add_argument("--quick", action="store_true", help="few repetitions: shows that all works, in three minutes")
    parser.add_argument("--only", metavar="NAME", action="append", help="one measure or curve; can be repeated")
    parser.add_argument("--curves", action="store_true", help="the curves too")
    parser.add_argument("--json", metavar="FILE", help="write all figures there")
    parser.add_argument("--write-docs", action="store_true",
                        help="everything, curves too, and write it into docs/performance.md")
    parser.add_argument("--from", dest="source", metavar="FILE", help="measure nothing, take the figures of --json")
    parser.add_argument("--record", action="store_true",
                        help="measure what the tests guard (instructions, size, memory) and renew test/bench/recorded.json")
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)  # for scripts/bench: checks only the options
    options = parser.parse_args(arguments)
    if options.source and (options.only or options.json or options.record):
        parser.error("--from measures nothing")
    if options.only:
        options.only = [each for name in options.only for each in (QUOTA if name == "quota" else [name])]
    known = {*MEASURES, *CURVE_NAMES, *APART}
    for name in options.only or ():
        if name not in known:
            parser.error(f"there is no measure {name}: {', '.join(sorted(known))}")
    if options.only and options.write_docs:
        parser.error("--write-docs is for a whole run")
    return options


QUOTA = ("quota-128", "quota-256", "quota-512", "quota-1024", "quota-1769", "quota-sleep", "quota-start")
MEASURES = ("start", "start-cold", "memory", "cpu", "long", "idle", "size", "rie-latency", "rie-start", *QUOTA, "micro")
APART = ("report", "report-large")  # of another program: measured when they are named
CURVE_NAMES = ("processes", "telemetry", "rate", "length")


class Progress:
    """On standard error; one line that is written over where that is a terminal."""

    def __init__(self):
        self._terminal = sys.stderr.isatty()
        self._step = "0"
        self._last = None

    def step(self, text):
        self._step = text

    def __call__(self, text):
        if self._terminal:
            print(f"\r\033[K[{self._step}] {text}", end="", file=sys.stderr, flush=True)
        elif text.split(":")[0] != self._last:
            self._last = text.split(":")[0]
            print(f"[{self._step}] {self._last}", file=sys.stderr, flush=True)

    def end(self):
        if self._terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def measure(options, tell):
    from . import curves, emulator, machine, measures, micro, quota, report
    from .effort import FULL, QUICK
    from .programs import all_programs

    effort = QUICK if options.quick else FULL
    rie = os.environ.get("VITALS_RIE")
    with_curves = options.curves or options.write_docs
    wanted = options.only or [*MEASURES, *(CURVE_NAMES if with_curves else ())]
    described = machine.describe()
    programs, absent = all_programs(tell) if set(wanted) - set(APART) else ([], [])
    absent = {each.name: each.reason for each in absent}
    steps = {
        "start": measures.start, "start-cold": measures.start_cold, "memory": measures.memory, "cpu": measures.cpu,
        "long": measures.long, "idle": measures.idle, "size": measures.size,
        "rie-latency": lambda *rest: emulator.latency(rie, *rest),
        "rie-start": lambda *rest: emulator.cold_start(rie, *rest),
        **quota.MEASURES,
        "micro": lambda _, *rest: micro.micro(*rest),
        "report": report.report, "report-large": report.large,
    }
    figures, drawn = [], {}
    for number, name in enumerate(wanted, 1):
        tell.step(f"{number}/{len(wanted)}")
        if name in CURVE_NAMES:
            drawn.update(curves.measure([name], programs[:2], effort, tell))
        elif name.startswith("rie-") and not rie:
            absent[name] = "no Runtime Interface Emulator (see above)"
        elif name in quota.MEASURES and (reason := quota.missing()):
            absent[name] = reason
        else:
            figures += [figure.as_json() for figure in steps[name](programs, effort, tell)]
    return {"date": datetime.date.today().isoformat(), "effort": effort.name, "machine": described,
            "programs": [{"name": each.name, "does": each.does} for each in programs], "absent": absent,
            "figures": figures, "curves": drawn}


def main():
    options = parse(sys.argv[1:])
    if options.check:
        return
    tell = Progress()
    try:
        if options.record:
            tell.step("record")
            guard.record(tell)
            tell.end()
            print(guard.RECORDED.read_text(), end="")
            print(f"recorded in {guard.RECORDED.relative_to(ROOT)}: commit it with the change that made the difference")
            return
        result = json.loads(pathlib.Path(options.source).read_text()) if options.source else measure(options, tell)
    except (DriverError, OSError, ValueError) as error:
        tell.end()
        sys.exit(f"bench: {error}")
    tell.end()
    from . import curves, page, tables
    print(tables.text(result["figures"]))
    for name, reason in result["absent"].items():
        print(f"ABSENT: {name}: {reason}")
    if result["effort"] == "quick":
        print("A quick run: it shows that all works; its figures are not fit to be compared.")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    if options.write_docs:
        page.write(result)
        print("written:", page.PAGE)
    elif result["curves"]:
        print(curves.markdown(result["curves"]))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
