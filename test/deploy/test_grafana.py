"""layer/cloudwatch/grafana.json fits Grafana's own schema (@grafana/schema: types of a dashboard and of CloudWatch queries), and asks
what the CloudWatch dashboards ask. Grafana itself is not in the registries that the tests install from."""
import json
import pathlib
import re

import dashboards

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "layer" / "cloudwatch"
NODE_MODULES = ROOT / "build" / "npm" / "deploy" / "node_modules"
TEXT = (FOLDER / "grafana.json").read_text()
DASHBOARD = json.loads(TEXT)
PANELS = [each for panel in DASHBOARD["panels"] for each in (panel, *panel.get("panels", []))]
TARGETS = [target for panel in PANELS for target in panel.get("targets", [])]
BODIES = dashboards.bodies(FOLDER / "dashboards.yaml", ["f"], ManagedInstances="yes")
LOGS = [each for each in TARGETS if each["queryMode"] == "Logs"]
METRICS = [each for each in TARGETS if each["queryMode"] == "Metrics"]
QUERIES = "@grafana/schema/dist/esm/raw/composable/cloudwatch/dataquery/x/CloudWatchDataQuery_types.gen"
SOURCE = """import type {{Dashboard}} from '@grafana/schema';
import type {{CloudWatchLogsQuery, CloudWatchMetricsQuery}} from '{queries}';
export const dashboard: Dashboard = {dashboard};
export const logs: CloudWatchLogsQuery[] = {logs};
export const metrics: CloudWatchMetricsQuery[] = {metrics};
"""
COMPILER = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--moduleResolution", "nodenext"]


def source(dashboard, logs, metrics):
    """Literals of Grafana's types, in which the compiler also refuses members that the types do not have."""
    return SOURCE.format(queries=QUERIES, dashboard=json.dumps(dashboard), logs=json.dumps(logs), metrics=json.dumps(metrics))


def test_it_fits_the_schema_which_refuses_what_is_wrong(tools, tmp_path):
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    (tmp_path / "right.mts").write_text(source(DASHBOARD, LOGS, METRICS))
    wrong = [LOGS[0] | {"queryMode": "Log"}, {name: value for name, value in LOGS[1].items() if name != "region"}]
    (tmp_path / "wrong.mts").write_text(source(DASHBOARD | {"pannels": []}, wrong, [METRICS[0] | {"dimension": {}}]))
    done = tools.run("node", NODE_MODULES / "typescript" / "bin" / "tsc", *COMPILER, "right.mts", "wrong.mts", cwd=tmp_path)
    assert "right.mts" not in done.stdout
    assert all(text in done.stdout for text in ('"pannels"', '"Log"', "'region'", '"dimension"')), done.stdout


def test_every_query_is_one_of_the_cloudwatch_dashboards():
    """With the variables where those have values."""
    asked = {each["properties"]["query"].split(" | ", 2)[2] for body in BODIES.values() for each in body["widgets"] if each["type"] == "log"}
    start = 'filter event_type = "performance" and function_name in [${function:doublequote}] | '
    assert len(LOGS) >= 12
    for target in LOGS:
        assert target["expression"].startswith(start)
        question = target["expression"].removeprefix(start)
        for variable in ("price_x86", "price_arm64", "price_requests"):
            question = question.replace(f"${variable}", default_of(variable))
        assert question in asked
        groups = re.findall(r"by (bin\(\w+\))", question)
        assert target["statsGroups"] == groups


def default_of(name):
    (variable,) = [each for each in DASHBOARD["templating"]["list"] if each["name"] == name]
    return variable["current"]["value"]


def test_every_metric_is_one_of_the_cloudwatch_dashboards():
    widgets = [each["properties"] for name in ("Fleet", "Managed") for each in BODIES[name]["widgets"]]
    asked = {(namespace, name, statistic) for each in widgets for metric in each.get("metrics", []) for namespace, name, statistic in
             re.findall(r"""SEARCH\('\{"?([\w/]+)"?,\w+\} MetricName="(\w+)"', '(\w+)'""", metric[0]["expression"])}
    namespaces = {"$namespace": default_of("namespace")}
    assert {(namespaces.get(each["namespace"], each["namespace"]), each["metricName"], each["statistic"]) for each in METRICS} == asked


def test_every_variable_that_is_used_is_there():
    declared = {each["name"] for each in DASHBOARD["templating"]["list"]}
    assert set(re.findall(r"\$\{?(?!PROP\b)(\w+)", TEXT)) == declared


def test_the_panels_do_not_overlap():
    taken = [(x, y) for each in (panel["gridPos"] for panel in PANELS) for x in range(each["x"], each["x"] + each["w"])
             for y in range(each["y"], each["y"] + each["h"])]
    assert len(taken) == len(set(taken)) and max(x for x, _ in taken) < 24
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
