"""The command: from options to the result, where it goes, and the exit status."""
import json
import os
import pathlib
import sys
import tempfile

import duckdb

from . import analysis, containers, findings, sources
from .errors import ReportError
from .options import OUTPUT, parse
from .progress import Progress
from .store import Store

FOUND = 3  # exit status when --fail-on finds something


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
             "filtered": "lines left out by --function, --from or --to"}
    parts = [f"{counted[key]:,} {text if counted[key] != 1 else text.replace('lines', 'line', 1)}" for key, text in texts.items() if counted[key]]
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
    prices = options.prices
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
    functions, place = len(result["functions"]), "standard output" if output == "-" else printable(output)
    print(f"report: {place}: {findings.invocations(result['invocations'])} of {functions:,} function{'s' * (functions != 1)}", file=sys.stderr)
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
    except (KeyboardInterrupt, duckdb.InterruptException):
        sys.exit(130)
    except (duckdb.Error, OSError, MemoryError, RecursionError) as error:
        sys.exit(say(f"cannot go on: {(str(error) or type(error).__name__).partition(chr(10))[0]}"))
    except RuntimeError as error:  # what DuckDB makes of Ctrl-C during a query
        if "interrupted" not in str(error):
            raise
        sys.exit(130)


def say(error):
    print(f"report: {printable(str(error))}", file=sys.stderr)
    return 2
