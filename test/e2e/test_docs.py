"""The commands of the documentation do what it says they do."""
import pathlib
import re
import subprocess
import sys

import pytest

from rie import emf_of

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "local-testing.md").read_text()
BLOCKS = [block for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
          if "lambda-sandbox " in block and "--help" not in block]


@pytest.fixture
def checkout(tmp_path, extension):
    """What the commands find where they are run: the tests, the extension as built, and the tests' Python."""
    (tmp_path / "test").symlink_to(ROOT / "test")
    (tmp_path / "build" / "release").mkdir(parents=True)
    (tmp_path / "build" / "release" / "lambda-vitals").symlink_to(extension)
    python = tmp_path / "build" / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return tmp_path


def test_the_lambda_sandbox_commands_of_local_testing(checkout, check_lines):
    assert len(BLOCKS) == 2
    for block in BLOCKS:  # in the page's order: a later one uses what an earlier one made
        done = subprocess.run(["sh", "-euc", block], cwd=checkout, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, block + done.stderr
        assert len(check_lines(emf_of(done.stdout))) == int(re.search(r" -n (\d+) ", block)[1])
