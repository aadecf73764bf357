"""The messages that docs/troubleshooting.md quotes are those of the extension."""
import pathlib
import re

import pytest

PAGE = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "troubleshooting.md").read_text()
QUOTED = re.findall(r"^```text\n(lambda-vitals: .*)\n```$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("message", "settings"), [
    ("is not a setting", {"env": {"LAMBDA_VITALS_METRIC": "x"}}),
    ("cannot register", {"options": ["--fault", "api:register=403"]}),
    ("no telemetry", {"options": ["--fault", "api:telemetry=500"]})])
def test_the_message_is_as_quoted(play, message, settings):
    (quoted,) = [each for each in QUOTED if message in each]
    assert quoted in play([{"invoke": {}}], **settings).warnings
    assert len(QUOTED) == 3
