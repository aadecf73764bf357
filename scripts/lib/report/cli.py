"""The command line: options, exit status, and where the result goes."""
import argparse
import datetime
import json
import os
import pathlib
import sys
import tempfile

import duckdb

from . import VERSION, analysis, containers, findings, sources
from .errors import ReportError
from .prices import Prices
from .progress import Progress
from .store import Store

OUTPUT = "lambda-vitals-report.html"
FOUND = 3  # exit status when --fail-on finds something
DESCRIPTION = """\
Turns the EMF lines of Lambda Vitals (and Lambda Insights) into one HTML page that needs no network, with what to change.

FILE is anything that has lines in it, gzip or not: plain lines, `aws logs tail`, `filter-log-events`, `get-log-events` and
Logs Insights results (JSON or CSV), the folder of an S3 export, `docker logs`. - is standard input."""
EPILOG = """\
exit status: 0 success; 2 wrong options, unreadable input or no line in it, no memory or disk left; 3 --fail-on found something"""


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"report: {message}; see --help\n")


def parse(arguments):
    parser = Parser(prog=os.environ.get("LAMBDA_VITALS_REPORT_NAME", "lambda-vitals-report"), description=DESCRIPTION, epilog=EPILOG,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE", help="a file, a folder, or - for standard input")
    parser.add_argument("-o", "--output", metavar="FILE", help=f"the page (default {OUTPUT}; - is standard output)")
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON instead")
    parser.add_argument("--function", action="append", default=[], metavar="NAME", help="only this function, * and ? allowed; "
                        "can be repeated")
    parser.add_argument("--from", dest="start", type=moment, metavar="TIME", help="only from this time on, such as 2026-01-31 or "
                        "2026-01-31T08:00:00Z (UTC unless it has an offset)")
    parser.add_argument("--to", dest="end", type=moment, metavar="TIME", help="only before this time")
    parser.add_argument("--region", default="us-east-1", help="whose prices to take (default us-east-1)")
    parser.add_argument("--price", action="append", default=[], metavar="NAME=USD", help="your own price: x86_64=0.0000166667, "
                        "arm64=… for a GB-second, requests=0.20 for a million; can be repeated")
    parser.add_argument("--fail-on", metavar="KIND,…", type=kinds, default=(), help="exit with status 3 when a function has "
                        f"a finding of a kind: {', '.join(findings.KINDS)}")
    parser.add_argument("--version", action="version", version=VERSION)
    options = parser.parse_args(arguments)
    if not options.files:
        parser.error("name a file with lines, or - for standard input")
    if options.files.count("-") > 1:
        parser.error("standard input can be read once")
    if options.json and options.output:
        parser.error("--json goes to standard output, without -o")
    return options


def moment(text):
    try:
        found = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{text}" is not a time such as 2026-01-31T08:00:00Z') from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=datetime.timezone.utc)
    return int(found.timestamp() * 1000)


def kinds(text):
    chosen = tuple(each.strip() for each in text.split(",") if each.strip())
    for each in chosen:
        if each not in findings.KINDS:
            raise argparse.ArgumentTypeError(f'there is no kind "{each}": {", ".join(findings.KINDS)}')
    return chosen


def load(store, inputs, progress):
    """Everything that the command line names, into the store. Returns what was counted."""
    counts = containers.Counts()
    for source in inputs:
        for block in containers.records(sources.blocks(source, progress.add), counts):
            store.add(block)
    counted = store.finish()
    counted["other"] += counts.other
    counted["too_long"] = counts.too_long
    if not (counted["invocation"] or counted["summary"] or counted["environment"]):
        raise ReportError("there is no line of Lambda Vitals or Lambda Insights in the input" + explained(counted))
    return counted


def explained(counted):
    texts = {"other": "other lines", "broken": "lines with broken JSON", "too_long": "lines longer than 1 MB",
             "filtered": "lines that --function, --from or --to leave out"}
    parts = [f"{counted[key]:,} {text}" for key, text in texts.items() if counted[key]]
    return f": {', '.join(parts)}" if parts else ", which is empty"


def write_page(text, output):
    """All or nothing: a page that is there is never half a page."""
    if output == "-":
        sys.stdout.write(text)
        return
    path = pathlib.Path(output)
    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            file.write(text)
        os.chmod(file.name, 0o666 & ~umask())
        os.replace(file.name, path)
    except OSError as error:
        raise ReportError(f"cannot write {output}: {error.strerror}") from None


def umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def main(arguments):
    options = parse(arguments)
    prices = Prices(options.region, options.price)
    if not prices.known and not prices.own:
        print(f"report: there are no prices of {options.region} in the table: those of us-east-1 are used", file=sys.stderr)
    inputs = sources.sources_of(options.files)
    progress = Progress(sum(source.size for source in inputs))
    try:
        with Store(options.function, options.start, options.end, sources.unpacked_size(inputs)) as store:
            counted = load(store, inputs, progress)
            result = analysis.analyse(store, counted, prices, progress.step)
            if options.json:
                print(json.dumps(result, indent=1, allow_nan=False))
            else:
                from . import page
                text = page.build(store, result)
                progress.end()
                write_page(text, options.output or OUTPUT)
    finally:
        progress.end()
    if not options.json:
        tell(result, options.output or OUTPUT)
    return verdict(result, options.fail_on)


def tell(result, output):
    """What was found, in a few lines on standard error."""
    functions = len(result["functions"])
    print(f"report: {output}: {result['invocations']:,} invocations of {functions:,} function{'s' * (functions != 1)}", file=sys.stderr)
    skipped = {key: count for key, count in result["skipped"].items() if count}
    if skipped:
        print("report: skipped: " + ", ".join(f"{count:,} {key.replace('_', ' ')}" for key, count in skipped.items()), file=sys.stderr)


def verdict(result, fail_on):
    found = [(function["function_name"], each) for function in result["functions"] for each in function["findings"]
             if each["kind"] in fail_on]
    for name, each in found:
        print(f"report: {printable(name)}: {each['text']}", file=sys.stderr)
    return FOUND if found else 0


def printable(text):
    """Names come from the lines: a terminal must not obey them."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def run():
    try:
        sys.exit(main(sys.argv[1:]))
    except ReportError as error:
        sys.exit(say(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except (duckdb.Error, OSError, MemoryError, RecursionError) as error:
        sys.exit(say(f"cannot go on: {(str(error) or type(error).__name__).partition(chr(10))[0]}"))


def say(error):
    print(f"report: {printable(str(error))}", file=sys.stderr)
    return 2
