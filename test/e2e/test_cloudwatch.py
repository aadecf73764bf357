"""The dashboards and alarms of layer/cloudwatch/, held against lines that the extension really wrote: what they name is
there, and what they compute is right."""
import collections
import pathlib
import re

import pytest

import cloudformation
import dashboards
import logs_insights
from recorded import FIELDS, of_someone_else

pytestmark = pytest.mark.shipped("lines of functions with 128 MB, of which a sanitizer takes a half")

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "layer" / "cloudwatch"
FUNCTIONS = ["checkout", "thumbnails", "archive", "orders", "search"]
BODIES = dashboards.bodies(FOLDER / "dashboards.yaml", FUNCTIONS)
ALARMS = cloudformation.load(FOLDER / "alarms.yaml")
FILTERS = {each["MetricTransformations"][0]["MetricName"]: each
           for each in cloudformation.of_type(ALARMS, "AWS::Logs::MetricFilter").values()}
DEFAULT_NAMESPACE = "LambdaInsights"
SEARCH = re.compile(r"""SEARCH\('\{"?([\w/]+)"?,(\w+)\} MetricName="(\w+)"'""")
OF_LAMBDA = {"Duration", "Errors", "Invocations", "Throttles"}
COLD_STARTS = {"checkout": 3, "thumbnails": 2, "archive": 1, "orders": 1, "search": 0}
WIDGETS = [(name, widget["properties"]) for name, body in BODIES.items() for widget in body["widgets"]]
QUERIES = [pytest.param(name, each["query"], id=each["title"]) for name, each in WIDGETS if "query" in each]


@pytest.fixture(scope="module")
def published(records):
    """The metrics of the default settings, by namespace. A line of a busy machine may lack some: all lines together have all."""
    names = collections.defaultdict(set, {"AWS/Lambda": OF_LAMBDA})
    for directive in (each for record in records for each in record["_aws"]["CloudWatchMetrics"]):
        names[directive["Namespace"]] |= {metric["Name"] for metric in directive["Metrics"]}
    return names


def metrics_of_dashboards():
    """Namespace, dimension and name of each."""
    for _, properties in WIDGETS:
        for metric in properties.get("metrics", []):
            if isinstance(metric[0], str):
                yield metric[0], metric[2], metric[1]
            elif "SEARCH" in metric[0]["expression"]:
                yield SEARCH.search(metric[0]["expression"]).groups()


def metrics_of_alarms():
    for alarm in cloudformation.of_type(ALARMS, "AWS::CloudWatch::Alarm").values():
        one = [alarm] if "MetricName" in alarm else []
        for metric in one + [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each]:
            namespace = DEFAULT_NAMESPACE if metric["Namespace"] == {"Ref": "Namespace"} else metric["Namespace"]
            yield namespace, metric["Dimensions"][0]["Name"], metric["MetricName"]


@pytest.mark.parametrize("metrics", [metrics_of_dashboards, metrics_of_alarms])
def test_every_metric_is_published_by_default(metrics, published):
    filtered = {(DEFAULT_NAMESPACE, "function_name", name) for name in FILTERS}  # made by metric filters
    named = set(metrics()) - filtered
    assert len(named) >= 4
    for namespace, dimension, name in named:
        assert name in published[namespace]
        assert dimension == ("FunctionName" if namespace == "AWS/Lambda" else "function_name")


def test_the_default_namespace_is_that_of_the_lines():
    assert ALARMS["Parameters"]["Namespace"]["Default"] == DEFAULT_NAMESPACE
    assert cloudformation.load(FOLDER / "dashboards.yaml")["Parameters"]["Namespace"]["Default"] == DEFAULT_NAMESPACE


@pytest.mark.parametrize(("dashboard", "query"), QUERIES)
def test_every_query_of_the_dashboards_has_rows(records, dashboard, query):
    groups = [f"/aws/lambda/{name}" for name in (FUNCTIONS if dashboard == "Fleet" else ["SELECTED_FUNCTION"])]
    assert logs_insights.log_groups(query) == groups
    rows = logs_insights.run(query, records, FIELDS)
    assert logs_insights.run(query, [*records, of_someone_else(records)], FIELDS) == rows
    assert rows and all(any(row[name] is not None for row in rows) for name in rows[0])


def test_the_table_of_the_fleet(records):
    rows = {row["function_name"]: row for row in logs_insights.run(QUERIES[0].values[1], records, FIELDS)}
    assert set(rows) == set(FUNCTIONS)
    assert (rows["checkout"]["timeouts"], rows["thumbnails"]["out_of_memories"]) == (1, 1)
    assert rows["thumbnails"]["memory_size_mb"] == 256
    assert {name: row["cold_starts"] for name, row in rows.items()} == COLD_STARTS


def test_the_widgets_do_not_overlap():
    for body in BODIES.values():
        taken = [(x, y) for each in body["widgets"] for x in range(each["x"], each["x"] + each["width"])
                 for y in range(each["y"], each["y"] + each["height"])]
        assert len(taken) == len(set(taken)) and max(x for x, _ in taken) < 24


def test_the_function_of_the_second_dashboard_is_chosen_at_its_top():
    (variable,) = BODIES["Function"]["variables"]
    for _, properties in WIDGETS[len(BODIES["Fleet"]["widgets"]):]:
        assert variable["pattern"] in str(properties.get("query", properties.get("metrics")))


@pytest.mark.parametrize(("metric", "expected"), [
    ("timeouts", {"checkout": 1}), ("out_of_memory", {"archive": 1, "thumbnails": 1}),
    ("cold_starts", {name: count for name, count in COLD_STARTS.items() if count})])
def test_the_metric_filters_count_the_lines_that_they_should(records, metric, expected):
    pattern = FILTERS[metric]["FilterPattern"]
    query = "filter " + re.fullmatch(r"\{ (.*) \}", pattern)[1].replace(" IS TRUE", " = 1").replace("&&", "and").replace(
        "||", "or").replace("$.", "")
    rows = logs_insights.run(query, [*records, of_someone_else(records)], FIELDS)
    assert collections.Counter(row["function_name"] for row in rows) == expected
    (transformation,) = FILTERS[metric]["MetricTransformations"]
    assert transformation["Dimensions"] == [{"Key": "function_name", "Value": "$.function_name"}]


def expression(alarm):
    (metric,) = [each for each in ALARMS["Resources"][alarm]["Properties"]["Metrics"] if "Expression" in each]
    return metric["Expression"]


def test_cpu_utilization_from_default_metrics_is_that_of_the_lines(records):
    formulas = {expression("CpuBound")} | {
        metric[0]["expression"] for _, properties in WIDGETS for metric in properties.get("metrics", [])
        if isinstance(metric[0], dict) and metric[0].get("id") == "percent"}
    (formula,) = formulas  # the dashboard's is the alarm's
    mine = [each for each in records if each["function_name"] == "thumbnails" and each["status"] == "success"
            and "cpu_total_time" in each]
    sums = {"cpu": sum(each["cpu_total_time"] for each in mine), "duration": sum(each["duration"] for each in mine),
            "size": mine[0]["total_memory"]}
    weighted = sum(each["cpu_utilization"] * each["duration"] for each in mine) / sums["duration"]
    assert eval(formula, {}, sums) == pytest.approx(weighted, rel=0.1)


def test_the_share_of_cold_starts_is_counted_by_what_is_published(records):
    assert expression("ColdStarts")["Fn::Sub"].endswith("100 * FILL(cold_starts, 0) / invocations)")
    counted = {each["Id"]: (each["MetricStat"]["Metric"]["MetricName"], each["MetricStat"]["Stat"])
               for each in ALARMS["Resources"]["ColdStarts"]["Properties"]["Metrics"] if "MetricStat" in each}
    assert counted == {"cold_starts": ("cold_starts", "Sum"), "invocations": ("total_memory", "SampleCount")}
    assert "cold_starts" in FILTERS and all("total_memory" in record for record in records)


def test_the_alarms_take_no_namespace_that_a_metric_filter_refuses():
    """CloudWatch Logs allows no `:`, `*` and `$` there, while CloudWatch allows the colon."""
    pattern = re.compile(ALARMS["Parameters"]["Namespace"]["AllowedPattern"])
    assert all(pattern.fullmatch(each) for each in (DEFAULT_NAMESPACE, "My.App/Lambda-1_#"))
    assert not any(pattern.fullmatch(each) for each in ("", "a:b", "a*", "$a", "a" * 256))
