"""Settings, as the environment of the real binary."""
import pytest

INVOKE = {"invoke": {"sleepMs": 50}}  # long enough for every gauge to be sampled
BAD = {
    "NAMESPACE": "AWS/Mine", "METRICS": "no_such_metric", "DIMENSIONS": ";;,", "FIELDS": "no-equals-sign",
    "RECORD": "huge", "HIGH_RESOLUTION": "perhaps", "EMIT": "later", "SAMPLE_INTERVAL_MS": "0", "AVAILABILITY_ZONE": "where", "TELEMETRY": "loud",
    "TELEMETRY_PORT": "70000", "NETWORK_INTERFACES": ",", "LOG_LEVEL": "chatty", "ENABLED": "maybe", "NO_SUCH": "1",
}


def directive(record):
    (only,) = record["_aws"]["CloudWatchMetrics"]
    return only


def metric_names(record):
    return [metric["Name"] for metric in directive(record)["Metrics"]]


def test_debug_tells_of_every_window_and_why_it_closed(play):
    run = play([{"invoke": {}}] * 30, env={"LAMBDA_VITALS_LOG_LEVEL": "debug"})
    for number in range(1, 31):
        assert f"debug: window {number} opens: INVOKE {run.request_ids[number - 1]}, " in run.warnings
        assert f"debug: window {number} closes: " in run.warnings
        assert f"debug: window {number}: its record is complete; " in run.warnings
    assert "trace" not in run.warnings and "suppressed" not in run.warnings


# Absent where the extension was late, as on a busy machine: docs/accuracy.md.
OF_SAMPLES = {"init_cpu_time", "cpu_total_time", "cpu_user_time", "cpu_system_time", "cpu_utilization", "cpu_wait_time",
              "memory_peak", "memory_end", "disk_read_bytes", "disk_write_bytes", "tmp_used", "tmp_free", "threads_max", "processes_max", "fd_use", "fd_max"}


def always(record):
    return [name for name in record if name not in OF_SAMPLES]


def comparable(record):
    metrics = [metric for metric in directive(record)["Metrics"] if metric["Name"] not in OF_SAMPLES]
    return {**directive(record), "Metrics": metrics}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_setting_is_one_warning_and_the_default(play, name):
    usual = play([INVOKE])
    run = play([INVOKE], env={f"LAMBDA_VITALS_{name}": BAD[name]})
    assert run.status == 0, run.log
    (warning,) = run.warnings.splitlines()
    assert f"LAMBDA_VITALS_{name}" in warning
    assert always(run.records[0]) == always(usual.records[0])
    assert comparable(run.records[0]) == comparable(usual.records[0])


def test_the_defaults_are_those_of_lambda_insights(play):
    (record,) = play([INVOKE], options=["--qualifier", "live"]).records
    assert directive(record)["Namespace"] == "LambdaInsights"
    assert directive(record)["Dimensions"] == [["function_name"], ["function_name", "version"]]
    assert {*metric_names(record), "cpu_total_time"} == {"memory_utilization", "total_memory", "used_memory_max", "cpu_total_time",
                                                         "tx_bytes", "rx_bytes", "total_network", "init_duration"}


@pytest.mark.parametrize("value, expected", [
    ("none", set()), ("total_memory", {"total_memory"}), ("duration,memory_peak", {"duration", "memory_peak"}),
])
def test_metrics_are_chosen(play, value, expected):
    (record,) = play([INVOKE], env={"LAMBDA_VITALS_METRICS": value}).records
    assert set(metric_names(record)) == expected


def test_the_default_metrics_are_edited(play):
    (record,) = play([INVOKE], env={"LAMBDA_VITALS_METRICS": "+memory_peak,-total_memory"}).records
    assert "memory_peak" in metric_names(record) and "total_memory" not in metric_names(record)
    assert "used_memory_max" in metric_names(record)


def test_all_metrics_are_every_number_of_the_line(play):
    (record,) = play([INVOKE], env={"LAMBDA_VITALS_METRICS": "all"}).records
    numbers = {name for name, value in record.items() if type(value) in (int, float)}
    assert set(metric_names(record)) == numbers


def test_fields_and_dimensions_of_ones_own(play):
    (record,) = play([INVOKE], env={"LAMBDA_VITALS_FIELDS": "team=payments,stage=prod", "LAMBDA_VITALS_NAMESPACE": "Mine",
                                    "LAMBDA_VITALS_DIMENSIONS": "team;team,function_name"}).records
    assert (record["team"], record["stage"]) == ("payments", "prod")
    assert directive(record)["Namespace"] == "Mine"
    assert directive(record)["Dimensions"] == [["team"], ["team", "function_name"]]


def test_high_resolution(play):
    (record,) = play([INVOKE], env={"LAMBDA_VITALS_HIGH_RESOLUTION": "true"}).records
    assert {metric["StorageResolution"] for metric in directive(record)["Metrics"]} == {1}


def test_the_compact_record_is_short(play):
    run = play([INVOKE, INVOKE], env={"LAMBDA_VITALS_RECORD": "compact"})
    assert all(len(line) + 1 <= 1200 for line in run.lines)
    assert "memory_peak" not in run.records[0] and "total_memory" in run.records[0]
