"""docs/performance.md: its figures are of the commit that it names."""
import re
import subprocess

import pytest

from vitals_bench import curves, page
from vitals_bench.places import PAGE, ROOT


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=30)


def test_the_figures_are_of_a_commit_in_the_history():
    commits = re.findall(r"commit (\S+) \|", PAGE.read_text())
    assert commits
    for commit in commits:
        assert re.fullmatch(r"[0-9a-f]{7,}", commit)
        if git("rev-parse", "--is-shallow-repository").stdout.strip() == "false":
            assert git("merge-base", "--is-ancestor", commit, "HEAD").returncode == 0


def test_figures_of_no_commit_are_not_written():
    before = PAGE.read_text()
    with pytest.raises(SystemExit, match="commit first"):
        page.write({"machine": {"commit": "0123456-dirty"}})
    assert PAGE.read_text() == before


def test_a_curve_is_a_table_with_a_gap_where_nothing_was_measured():
    points = {"lambda-vitals": [{"x": 1, "cpu": 70.04, "memory": 1.371}, {"x": 1000, "cpu": 711.4, "memory": 2.957}],
              "C floor": [{"x": 1, "cpu": 50.652, "memory": 0.813}]}
    assert curves.markdown({"processes": points}).splitlines()[2:] == [
        "| processes of the function | CPU per invocation, µs: lambda-vitals | CPU per invocation, µs: C floor "
        "| memory (Pss), MB: lambda-vitals | memory (Pss), MB: C floor |",
        "| --- | --- | --- | --- | --- |", "| 1 | 70.04 | 50.65 | 1.37 | 0.813 |", "| 1,000 | 711 | – | 2.96 | – |"]
