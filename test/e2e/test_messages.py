"""The messages that docs/troubleshooting.md quotes are those of the extension; … stands for what the API answered."""
import pathlib
import re

import pytest

from faults import work

PAGE = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "troubleshooting.md").read_text()
QUOTED = re.findall(r"^```text\n(lambda-vitals: .*)\n```$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("message", "settings"), [
    ("is not a setting", {"env": {"LAMBDA_VITALS_METRIC": "x"}}),
    ("cannot register", {"options": ["--fault", "api:register=403"]}),
    ("no telemetry", {"options": ["--fault", "api:telemetry=500"]}),
    ("may open", {"setup": "ulimit -n 16"}),
    ("standard output", {"setup": "exec >&-"}),
    ("RUNTIME_API", {"setup": "export AWS_LAMBDA_RUNTIME_API=127.0.0.1"})])
def test_the_message_is_as_quoted(play, survive, message, settings):
    (quoted,) = [each for each in QUOTED if message in each]
    if "setup" in settings:
        warnings = survive.play([work()], **settings).warnings
    else:
        warnings = play([{"invoke": {}}], **settings).warnings
    assert re.search(".*".join(map(re.escape, quoted.split("…"))), warnings)
    assert len(QUOTED) == 6
