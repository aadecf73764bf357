"""The sandbox and the tenant of a line, as the platform reports them."""
import os

import pytest

INVOKE = {"invoke": {}}


def test_each_line_has_its_tenant_which_may_be_a_dimension(play):
    tenants = ["blue", None, "f" * 128, "f" * 129]
    steps = [{"invoke": {"sleepMs": 30}} | ({"tenantId": each} if each else {}) for each in tenants]
    run = play(steps, env={"LAMBDA_VITALS_DIMENSIONS": "function_name,tenant_id"})
    assert [each.get("tenant_id") for each in run.records] == ["blue", None, "f" * 128, None]
    for record in run.records:
        (directive,) = record["_aws"]["CloudWatchMetrics"]
        assert directive["Dimensions"] == ([["function_name", "tenant_id"]] if "tenant_id" in record else [[]])


@pytest.mark.parametrize("version, durable", [("python:3.13.v42", None), ("nodejs:22.DurableFunction.v3", True)])
def test_the_runtime_stands_on_a_sandbox_s_first_line(play, version, durable):
    run = play([INVOKE, INVOKE, {"shutdown": "spindown"}, INVOKE], options=["--runtime-version", version])
    assert [each.get("runtime_version") for each in run.records] == [version, None, version]
    assert [each.get("durable") for each in run.records] == [durable, None, durable]


def test_the_compact_record_has_none_of_what_lambda_insights_does_not_have(play):
    run = play([{"invoke": {"sleepMs": 30}, "tenantId": "blue", "count": 2}], env={"LAMBDA_VITALS_RECORD": "compact"},
               options=["--initialization-type", "snap-start", "--restore"])
    ours = {"tenant_id", "runtime_version", "durable", "time_limit", "time_utilization", "cpu_count", "memory_end",
            "billed_restore_duration", "availability_zone", "cpu_wait_time", "cpu_steal_time"}
    assert not any(ours & set(each) for each in run.records)


@pytest.mark.parametrize("memory, vcpus", [(128, 0.072), (512, 0.289), (1769, 1), (10240, 5.789)])
def test_the_vcpus_are_those_of_the_memory_size_or_the_machine(play, memory, vcpus):
    run = play([INVOKE], options=["--memory", str(memory)])
    (record,) = run.records
    assert record["cpu_count"] == min(vcpus, len(os.sched_getaffinity(0)))
    assert type(record["cpu_count"]) is (int if record["cpu_count"] % 1 == 0 else float)
