"""The dashboards and alarms of layer/cloudwatch/, compared with lines that the extension wrote (what they name exists) and with
lines that have a known answer (what they compute is right)."""
import collections
import pathlib
import re

import pytest

import cloudformation
import dashboards
import known_lines
import logs_insights
from recorded import FIELDS, of_someone_else

pytestmark = pytest.mark.shipped("lines of functions with 128 MB, of which a sanitizer takes a half")

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "layer" / "cloudwatch"
FUNCTIONS = ["checkout", "thumbnails", "archive", "orders", "search"]
BODIES = dashboards.bodies(FOLDER / "dashboards.yaml", FUNCTIONS, ManagedInstances="yes")
ALARMS = cloudformation.load(FOLDER / "alarms.yaml")
FILTERS = {each["MetricTransformations"][0]["MetricName"]: each
           for each in cloudformation.of_type(ALARMS, "AWS::Logs::MetricFilter").values()}
DEFAULT_NAMESPACE = "LambdaInsights"
SEARCH = re.compile(r"""SEARCH\('\{"?([\w/]+)"?,(\w+)\} MetricName="(\w+)"'""")
OF_AWS = {"AWS/Lambda": {"ConcurrentExecutions", "Duration", "Errors", "Invocations", "Throttles"},
          "AWS/Logs": {"EMFParsingErrors", "EMFValidationErrors"}}
DIMENSIONS = {"AWS/Lambda": "FunctionName", "AWS/Logs": "LogGroupName"}
COLD_STARTS = {"checkout": 3, "thumbnails": 2, "archive": 1, "orders": 1, "search": 0}
WIDGETS = [(name, widget["properties"]) for name, body in BODIES.items() for widget in body["widgets"]]
MANAGED = [each for name, each in WIDGETS if name == "Managed" and "query" in each]
QUERIES = [pytest.param(name, each["query"], id=f"{name}: {each['title']}") for name, each in WIDGETS if "query" in each and name != "Managed"]
HEADROOM = next(each["query"] for _, each in WIDGETS if "headroom" in each["title"])
NOT_HERE = {"instance_id", "others_cpu_ms", "others_mb", "other_extensions_cpu", "restore_duration"}  # of thumbnails, or of any of the functions


@pytest.fixture(scope="module")
def published(records, managed_records):
    """The metrics of the default settings, by namespace. A line of a busy machine may lack some: all lines together have all."""
    names = collections.defaultdict(set, OF_AWS)
    for directive in (each for record in [*records, *managed_records] for each in record["_aws"]["CloudWatchMetrics"]):
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


def metrics_of(alarm):
    """Namespace, dimension and name of each metric of an alarm."""
    one = [alarm] if "MetricName" in alarm else []
    for metric in one + [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each]:
        namespace = DEFAULT_NAMESPACE if metric["Namespace"] == {"Ref": "Namespace"} else metric["Namespace"]
        yield namespace, metric["Dimensions"][0]["Name"], metric["MetricName"]


def metrics_of_alarms():
    for alarm in cloudformation.of_type(ALARMS, "AWS::CloudWatch::Alarm").values():
        yield from metrics_of(alarm)


@pytest.mark.parametrize("metrics", [metrics_of_dashboards, metrics_of_alarms])
def test_every_metric_is_published_by_default(metrics, published):
    filtered = {(DEFAULT_NAMESPACE, "function_name", name) for name in FILTERS}  # made by metric filters
    named = set(metrics()) - filtered
    assert len(named) >= 4
    for namespace, dimension, name in named:
        assert name in published[namespace]
        assert dimension == DIMENSIONS.get(namespace, "function_name")


def test_the_default_namespace_is_that_of_the_lines():
    assert ALARMS["Parameters"]["Namespace"]["Default"] == DEFAULT_NAMESPACE
    assert cloudformation.load(FOLDER / "dashboards.yaml")["Parameters"]["Namespace"]["Default"] == DEFAULT_NAMESPACE


@pytest.mark.parametrize(("dashboard", "query"), QUERIES)
def test_every_query_of_the_dashboards_has_rows(records, dashboard, query):
    groups = [f"/aws/lambda/{name}" for name in (FUNCTIONS if dashboard == "Fleet" else ["SELECTED_FUNCTION"])]
    assert logs_insights.log_groups(query) == groups
    query = query.replace("SELECTED_FUNCTION", "thumbnails")
    rows = logs_insights.run(query, records, FIELDS)
    others = [of_someone_else(records), known_lines.of_an_environment("thumbnails") | {
        name: of_thumbnails(records)[name] for name in ("_aws", "sandbox_id")}]
    assert logs_insights.run(query, [*records, *others], FIELDS) == rows
    if "straight" not in query:  # leaks, which these functions have not lived long enough for
        assert rows and all(any(row[name] is not None for row in rows) for name in rows[0] if name not in NOT_HERE)


@pytest.mark.parametrize("at", range(len(QUERIES)))
def test_functions_that_share_log_groups_are_not_mixed(at):
    """In shared log groups the answer is the same as in separate ones."""
    dashboard, query = QUERIES[at].values
    shared = dashboards.bodies(FOLDER / "dashboards.yaml", ["api", "batch"], LogGroups=["/shared/one", "/shared/two"])
    own = dashboards.bodies(FOLDER / "dashboards.yaml", ["api", "batch"])
    shared, own = ([each["properties"]["query"] for body in bodies.values() for each in body["widgets"]
                    if each["type"] == "log"][at].replace("SELECTED_FUNCTION", "api") for bodies in (shared, own))
    assert logs_insights.log_groups(shared) == ["/shared/one", "/shared/two"]
    names = ["api", "batch"] if dashboard == "Fleet" else ["api"]
    assert logs_insights.log_groups(own) == [f"/aws/lambda/{name}" for name in names]
    mine = [each for each in known_lines.lines() if each["function_name"] in names]
    assert logs_insights.run(shared, known_lines.lines(), FIELDS) == logs_insights.run(own, mine, FIELDS)


@pytest.mark.parametrize("widget", MANAGED, ids=lambda widget: widget["title"])
def test_every_query_of_managed_instances_has_rows(records, managed_records, widget):
    """Those of other functions have none."""
    query = widget["query"].replace(FUNCTIONS[0], "managed")
    rows = logs_insights.run(query, [*records, *managed_records], FIELDS)
    assert rows and all(any(row[name] is not None for row in rows) for name in rows[0] if name not in NOT_HERE)
    assert logs_insights.run(query, records, FIELDS) == []


def test_environments_of_managed_instances_have_the_known_answer():
    one, other = known_lines.of_an_environment(), known_lines.of_an_environment() | {
        "instance_id": "j", "concurrency_avg": 2.5, "concurrency_max": 7, "cpu_utilization": 50, "cpu_utilization_max": 90, "memory_utilization_max": 40}
    bodies = dashboards.bodies(FOLDER / "dashboards.yaml", ["api", "batch", "search"], ManagedInstances="yes")
    query = bodies["Managed"]["widgets"][0]["properties"]["query"]
    (row,) = logs_insights.run(query, [one, other, *known_lines.lines()], FIELDS)
    assert {name: value for name, value in row.items() if value is not None} == {
        "function_name": "api", "environments": 2, "ended": 10, "failed": 4, "timed_out": 2, "in_flight": 2, "most_in_flight": 7,
        "cpu_percent": 50, "busiest_second_percent": 90, "memory_percent": 40}


def of_thumbnails(records):
    return next(each for each in records if each["function_name"] == "thumbnails")


def known_rows(title):
    body = dashboards.bodies(FOLDER / "dashboards.yaml", ["api", "batch", "search"])["Fleet"]
    (query,) = [each["properties"]["query"] for each in body["widgets"] if each["properties"]["title"] == title]
    return logs_insights.run(query, known_lines.lines(), FIELDS)


def test_the_tables_of_the_fleet_have_the_known_answer():
    api, batch, search = sorted(known_rows("Functions"), key=lambda row: row["function_name"])
    assert [row["cost"] for row in (api, batch, search)] == pytest.approx([0.000135334, 0.0000845335, 0.0000480669])
    assert (batch["errors"], batch["timeouts"], batch["cold_percent"]) == (2, 1, pytest.approx(100 / 6))
    assert batch["memory_percent"] == pytest.approx(100 * 1500 / 2048)
    (leak,) = known_rows("Leaks: memory that grows with every invocation")
    assert (leak["function_name"], leak["mb_per_invocation"]) == ("api", pytest.approx(2))
    near = known_rows("Timeouts' headroom: the duration, of the timeout (%)")[0]
    assert near == {"function_name": "batch", "timeout_ms": 1000, "slowest_ms": 200, "p99_percent": 100, "highest_percent": 100, "timeouts": 1}
    full = known_rows("/tmp and file descriptors (%)")[0]
    assert (full["tmp_percent"], full["descriptors_percent"]) == (pytest.approx(100 / 512), pytest.approx(1))
    assert {(row["function_name"], row["version"], row["invocations"]) for row in known_rows("By version")} == {
        ("api", "live", 10), ("batch", None, 6), ("search", "live", 7)}
    assert sum(row["cost"] for row in known_rows("Cost")) == pytest.approx(0.0002679344)


def test_the_table_of_the_fleet_on_real_lines(records):
    rows = {row["function_name"]: row for row in logs_insights.run(QUERIES[0].values[1], records, FIELDS)}
    assert set(rows) == set(FUNCTIONS)
    near = dict((row["function_name"], row) for row in logs_insights.run(HEADROOM, records, FIELDS))["checkout"]
    assert near["timeout_ms"] == 1000 and near["highest_percent"] == pytest.approx(near["slowest_ms"] / 10, rel=0.01)
    assert (rows["checkout"]["timeouts"], rows["checkout"]["errors"], rows["thumbnails"]["out_of_memories"]) == (1, 2, 1)
    assert rows["thumbnails"]["size_mb"] == 256


def test_the_widgets_do_not_overlap():
    for body in BODIES.values():
        taken = [(x, y) for each in body["widgets"] for x in range(each["x"], each["x"] + each["width"])
                 for y in range(each["y"], each["y"] + each["height"])]
        assert len(taken) == len(set(taken)) and max(x for x, _ in taken) < 24


def test_the_function_of_the_second_dashboard_is_chosen_at_its_top():
    (variable,) = BODIES["Function"]["variables"]
    for _, properties in [each for each in WIDGETS if each[0] == "Function"]:
        assert variable["pattern"] in str(properties.get("query", properties.get("metrics")))


@pytest.mark.parametrize(("partition", "console"), [
    ("aws", "https://eu-west-1.console.aws.amazon.com/"), ("aws-cn", "https://cn-north-1.console.amazonaws.cn/"),
    ("aws-us-gov", "https://console.amazonaws-us-gov.com/")])
def test_the_links_lead_to_the_console_of_the_partition(partition, console):
    links = dashboards.outputs(FOLDER / "dashboards.yaml", partition)
    region = dashboards.REGIONS[partition]
    assert links == {name: f"{console}cloudwatch/home?region={region}#dashboards:name=vitals-{name.lower()}"
                     for name in ("Fleet", "Function", "Managed")}


def matched(metric, function, records):
    """The records that a metric filter of the stack of a function counts, as a Logs Insights query finds them."""
    pattern = FILTERS[metric]["FilterPattern"]["Fn::Sub"].strip().replace("${FunctionName}", function)
    condition = re.fullmatch(r"\{ (.*) \}", pattern)[1]
    condition = re.sub(r"\$\.(\w+) NOT EXISTS", r"not ispresent(\1)", condition)
    for written, meant in ((" IS TRUE", " = 1"), ("&&", "and"), ("||", "or"), ("$.", "")):
        condition = condition.replace(written, meant)
    return logs_insights.run(f"filter {condition}", records, FIELDS)


@pytest.mark.parametrize(("metric", "expected"), [
    ("timeouts", {"checkout": 1}), ("out_of_memory", {"archive": 1, "thumbnails": 1}), ("cold_starts", COLD_STARTS),
    ("lines", {"checkout": 10, "thumbnails": 6, "archive": 1, "orders": 2, "search": 1})])
def test_the_metric_filters_count_the_lines_of_their_function_once(records, metric, expected):
    """Also where all functions, each with its own stack, share one log group."""
    everything = [*records, of_someone_else(records), known_lines.of_an_environment("checkout")]
    assert {name: len(matched(metric, name, everything)) for name in FUNCTIONS} == {
        name: expected.get(name, 0) for name in FUNCTIONS}


@pytest.mark.parametrize("metric", FILTERS)
def test_a_metric_filter_publishes_what_its_lines_have(metric):
    (transformation,) = FILTERS[metric]["MetricTransformations"]
    assert transformation["Dimensions"] == [{"Key": "function_name", "Value": "$.function_name"}]
    rows = matched(metric, "batch", [{"memory_utilization": 99} | each for each in known_lines.lines()])
    value = transformation["MetricValue"]
    assert value == "1" or {row[value.removeprefix("$.")] for row in rows} == {
        each[metric] for each in known_lines.lines() if each["function_name"] == "batch"}


def expression(alarm):
    (metric,) = [each for each in ALARMS["Resources"][alarm]["Properties"]["Metrics"] if "Expression" in each]
    return metric["Expression"]["Fn::Sub"] if isinstance(metric["Expression"], dict) else metric["Expression"]


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


@pytest.mark.parametrize(("alarm", "values", "percent"), [
    ("Tmp", {"used": 256, "size": 512}, 50), ("Descriptors", {"used": 10, "limit": 1000}, 1)])
def test_what_the_alarms_on_limits_compute(alarm, values, percent):
    assert eval(expression(alarm), {}, values) == pytest.approx(percent)


def test_no_expression_mixes_the_two_clocks():
    """A metric filter counts when the line came out; EMF and AWS/Lambda when the invocation started."""
    for name, alarm in cloudformation.of_type(ALARMS, "AWS::CloudWatch::Alarm").items():
        clocks = {"line" if metric in FILTERS or namespace == "AWS/Logs" else "invocation"
                  for namespace, _, metric in metrics_of(alarm)}
        assert len(clocks) == 1, name


def test_every_alarm_waits_for_lines_that_are_late():
    """One period more than those that must breach, at least: a late line's datapoint may come after its period."""
    for alarm in cloudformation.of_type(ALARMS, "AWS::CloudWatch::Alarm").values():
        assert alarm["EvaluationPeriods"] > alarm["DatapointsToAlarm"] >= 1 and alarm["TreatMissingData"] == "notBreaching"


def test_the_alarms_take_no_namespace_that_a_metric_filter_refuses():
    """CloudWatch Logs allows no `:`, `*` and `$` there, while CloudWatch allows the colon."""
    pattern = re.compile(ALARMS["Parameters"]["Namespace"]["AllowedPattern"])
    assert all(pattern.fullmatch(each) for each in (DEFAULT_NAMESPACE, "My.App/Lambda-1_#"))
    assert not any(pattern.fullmatch(each) for each in ("", "a:b", "a*", "$a", "a" * 256))
