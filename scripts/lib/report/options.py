"""The options of the command line. Needs nothing but Python, so that scripts/report checks them before it installs anything:

    python3 -m report.options OPTION…    exits with 2 and a message if they are wrong, answers --help and --version
"""
import argparse
import datetime
import os
import sys

from . import VERSION, findings
from .errors import ReportError
from .prices import Prices

OUTPUT = "lambda-vitals-report.html"
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
                    formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
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
    try:
        options.prices = Prices(options.region, options.price)
    except ReportError as error:
        parser.exit(2, f"report: {error}\n")
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


if __name__ == "__main__":
    try:
        parse(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
