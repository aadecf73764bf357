"""Adds up JUnit result files of ctest and pytest and closes the run with one line. NAME-retried.xml has the tests that failed in
NAME.xml and were run again: their outcome is that of the second run.

    count_tests.py [--strict] [--broken N] FILE...   "N passed, M failed[, K skipped]"; exit status 1 unless all is well
    count_tests.py --any-failed FILE                 exit status 0 if a test in FILE failed
"""
import argparse
import collections
import pathlib
import sys
import xml.etree.ElementTree as xml


def outcome(case):
    if case.find("failure") is not None or case.find("error") is not None or case.get("status") in ("fail", "notrun"):
        return "failed"
    if case.find("skipped") is not None or case.get("status") == "disabled":
        return "skipped"
    return "passed"


def by_name(file):
    """A test that was run again has several cases; the last one counts."""
    return {(case.get("classname"), case.get("name")): outcome(case) for case in xml.parse(file).iter("testcase")}


def outcomes(files):
    counts = collections.Counter()
    for file in filter(pathlib.Path.exists, map(pathlib.Path, files)):
        found = collections.Counter(by_name(file).values())
        again = file.with_name(f"{file.stem}-retried.xml")
        if again.exists():
            found["failed"] = max(0, found["failed"] - len(by_name(again)))
        counts.update(found)
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strict", action="store_true", help="a skipped test fails the run")
    parser.add_argument("--broken", type=int, default=0, help="failures outside any test")
    parser.add_argument("--any-failed", action="store_true")
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    counts = outcomes(options.files)
    if options.any_failed:
        sys.exit(counts["failed"] == 0)

    failed = counts["failed"] + options.broken
    if counts["passed"] + failed == 0:
        print("no test was run", file=sys.stderr)
        failed = 1
    if options.strict and counts["skipped"]:
        print(f"--strict: {counts['skipped']} tests were skipped, and none may be", file=sys.stderr)
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    print(f"{counts['passed']} passed, {failed} failed{skipped}")
    sys.exit(failed > 0 or (options.strict and counts["skipped"] > 0))


if __name__ == "__main__":
    main()
