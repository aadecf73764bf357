"""The dashboards and alarms of layer/cloudwatch/: cfn-lint finds no fault, and they can be deployed with the AWS CLI. What is
in them is looked at in test/e2e/test_cloudwatch.py."""
import json
import pathlib

import pytest

import dashboards

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "layer" / "cloudwatch"


@pytest.mark.parametrize("template", ["alarms.yaml", "dashboards.yaml"])
def test_cfn_lint_finds_nothing(tools, template):
    tools("cfn-lint", FOLDER / template)


def test_the_dashboards_can_be_deployed(tools, cloud, aws):
    """The alarms cannot: the stand-in for AWS makes no alarms from templates."""
    tools("aws", "cloudformation", "deploy", "--template-file", FOLDER / "dashboards.yaml", "--stack-name", "shown",
          "--parameter-overrides", "Functions=checkout,thumbnails", "ManagedInstances=yes", env=cloud)
    bodies = dashboards.bodies(FOLDER / "dashboards.yaml", ["checkout", "thumbnails"], ManagedInstances="yes")
    assert set(bodies) == {"Fleet", "Function", "Managed"}
    for name, body in bodies.items():
        made = aws("cloudwatch", "get-dashboard", "--dashboard-name", f"shown-{name.lower()}")
        assert json.loads(made["DashboardBody"]) == body
