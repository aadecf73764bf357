"""Managed Instances in lambda-sandbox: what the extension registers for, and its lines from telemetry."""
import pytest

MANAGED = ["--initialization-type", "lambda-managed-instances", "--log-format", "JSON"]
# The extension does not know where it runs: it learns that from the answer to its registration.
UNKNOWN = [*MANAGED, "--extension-env", "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand"]


@pytest.mark.parametrize("options", [MANAGED, UNKNOWN], ids=["by its environment", "by the refusal of INVOKE"])
def test_a_function_on_managed_instances_works(play, options):
    run = play([{"invoke": {}, "count": 3}], options=options)
    assert run.status == 0, run.log + run.warnings
    assert [each["status"] for each in run.invocations] == ["success"] * 3
    assert run.warnings == ""
    (ended,) = run.of_type("shutdown")
    assert (ended["extensions"]["lambda-vitals"]["exitCode"], ended["extensions"]["lambda-vitals"]["killed"]) == (0, False)
    assert [each["extension"] for each in run.of_type("subscription")] == ["lambda-vitals"]
    assert len(run.of_type("init")) == 1
    assert [each["request_id"] for each in run.records[:-1]] == run.request_ids
    assert all(each["concurrency"] == 1 and each["status"] == "success" for each in run.records[:-1])
    environment = run.records[-1]
    assert environment["invocations"] == 3 and "request_id" not in environment
    assert all({"timestamp", "level"} <= set(each) for each in run.records)


@pytest.mark.parametrize("fault", ["telemetry:double", "telemetry:reorder", "telemetry:delay=300"])
def test_each_invocation_has_one_line_whatever_telemetry_does(play, fault):
    run = play([{"invoke": {}, "count": 20}, {"sleep_ms": 900}], options=[*MANAGED, "--fault", fault])
    assert run.status == 0, run.log + run.warnings
    assert sorted(each["request_id"] for each in run.records if "request_id" in each) == sorted(run.request_ids)


@pytest.mark.parametrize("lost", ["platform.start", "platform.report"])
def test_an_invocation_has_its_line_also_when_one_of_its_events_is_lost(play, lost):
    run = play([{"invoke": {}, "count": 20}], options=[*MANAGED, "--fault", f"telemetry:drop={lost}"])
    assert run.status == 0, run.log + run.warnings
    lines = [each for each in run.records if "request_id" in each]
    assert sorted(each["request_id"] for each in lines) == sorted(run.request_ids)
    assert all(("duration" in each) == (lost == "platform.start") for each in lines)
