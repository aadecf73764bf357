"""A function that has another extension beside Lambda Vitals."""
import json
import pathlib

import pytest

import second_extension

OTHERS = [pathlib.Path(second_extension.__file__)]


def test_what_it_uses_is_on_fields_of_its_own(play):
    run = play([{"invoke": {"cpuMs": 20, "sleepMs": 100}, "count": 4}], others=OTHERS)
    assert run.status == 0, run.log + run.warnings
    assert [each["request_id"] for each in run.records] == run.request_ids
    assert len(run.records) == 4
    for record, invocation in zip(run.records, run.invocations):
        assert record["extensions_cpu_time"] == pytest.approx(second_extension.CPU_MS, abs=8)
        assert record["cpu_total_time"] == pytest.approx(json.loads(invocation["response"])["cpuMs"], abs=6)
        assert 4 < record["extensions_memory_max"] < 64
        assert record["processes_max"] == 1


def test_without_it_its_fields_are_absent(play):
    (record,) = play([{"invoke": {"sleepMs": 100}}]).records
    assert not {"extensions_cpu_time", "extensions_memory_max"} & set(record)


@pytest.mark.socket_diagnostics
@pytest.mark.parametrize("work", [{"sleepMs": 300}, {"cpuMs": 300}], ids=["sleeps", "computes"])
def test_its_connection_is_not_taken_for_the_runtimes(play, work):
    """Without telemetry the end of an invocation is seen on the runtime's connection."""
    run = play([{"invoke": work}, {"invoke": {"sleepMs": 50}}], others=OTHERS, options=["--telemetry", "off"])
    assert run.status == 0, run.log + run.warnings
    assert [each["request_id"] for each in run.records] == run.request_ids
    assert run.records[0]["duration"] >= 290
