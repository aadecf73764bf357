"""docs/performance.md: what the bench measures stands between its marks and is written by nobody else."""
import re

from . import curves, tables
from .places import PAGE

MARK = "<!-- {} of scripts/bench --write-docs: {} -->"


def _replace(text, name, content):
    begin, end = MARK.format("begin", name), MARK.format("end", name)
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"{PAGE.name} has no place for {name}: it needs a line {begin} and a line {end}")
    return pattern.sub(lambda _: f"{begin}\n\n{content}\n\n{end}", text)


def _conditions(result):
    machine = result["machine"]
    rows = [("run", f"{result['effort']}, {result['date']}, commit {machine['commit']}"),
            ("machine", f"{machine['machine']}, {machine['memory_gb']} GB, Linux {machine['kernel']}"),
            ("load before the run", f"{machine['load_at_start']:.2f}"),
            ("compiler", machine["compiler"]), ("Rust", machine["rust"]), ("Go", machine["go"])]
    rows += [(name, f"not there: {reason}") for name, reason in result["absent"].items()]
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value or tables.NOTHING} |" for name, value in rows)])


def write(result):
    commit = result["machine"]["commit"]
    if not commit or commit.endswith("-dirty"):
        raise SystemExit(f"the figures are of no commit ({commit}), so {PAGE.name} stays as it is: commit first, then measure")
    names = [each["name"] for each in result["programs"]]
    text = PAGE.read_text()
    quota = [figure for figure in result["figures"] if tables.is_quota(figure)]
    others = [figure for figure in result["figures"] if not tables.is_quota(figure)]
    if others:
        text = _replace(text, "conditions", _conditions(result))
        text = _replace(text, "table", tables.markdown(others, names))
        text = _replace(text, "micro", tables.micro_markdown(result["figures"]))
    if quota:  # which may be of another run: --only quota
        text = _replace(text, "quota", f"{_conditions(result)}\n\n{tables.markdown(quota, names)}")
    if result["curves"]:
        text = _replace(text, "curves", curves.markdown(result["curves"]))
    PAGE.write_text(text)
