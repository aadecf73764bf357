"""Lambda Vitals' report: EMF lines in, one HTML page or JSON object out. `cli` is the command; docs/report.md describes it."""

VERSION = "0.1.0"
