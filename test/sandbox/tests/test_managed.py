"""--managed: many invocations at once."""
from pathlib import Path

from lambda_sandbox.run import run

EXTENSION = {"events": ["SHUTDOWN"], "wish": {"schemaVersion": "2025-01-29"}}
CONCURRENT = Path(__file__).resolve().parents[2] / "functions" / "concurrent" / "bootstrap"


def test_invocations_run_at_once_as_many_as_allowed():
    seen = run(None, [str(CONCURRENT)], ["--managed", "--concurrency", "4"],
               script=[{"invoke": {"sleepMs": 300}, "count": 8}, {"invoke": {"fail": "Function.Wrong"}}])
    assert seen.exit_code == 0, seen.stderr
    spans = [(each["startMs"], each["endMs"]) for each in seen.invocations[:8]]
    assert max(sum(begin <= moment < end for begin, end in spans) for moment, _ in spans) == 4
    assert seen.summary["statuses"] == {"success": 8, "error": 1}


def test_telemetry_has_a_start_and_a_report_of_each(world):
    seen = world.add_extension().run("--managed", "-n", "2", extension=EXTENSION)
    types = [event["type"] for event in seen.telemetry()]
    assert types.count("platform.start") == types.count("platform.report") == 2 and "platform.runtimeDone" not in types
    assert seen.records("platform.initStart")[0]["instanceId"].count("/") == 3
    assert all("functionArn" in each for each in seen.records("platform.start"))
    assert seen.of_type("freeze") == []


def test_a_timeout_ends_its_invocation_only(world):
    seen = world.add_extension().run("--managed", extension=EXTENSION, script=[
        {"invoke": {"sleep": 0.6}, "timeout": 0.2}, {"sleep_ms": 600}, {"invoke": {}}])
    assert [each["status"] for each in seen.invocations] == ["timeout", "success"]
    assert len(seen.of_type("init")) == len(seen.of_type("shutdown")) == 1


def test_the_exit_of_the_runtime_ends_the_environment(world):
    seen = world.add_extension().run("--managed", extension=EXTENSION, script=[
        {"invoke": {"exit": 3}}, {"invoke": {}}])
    assert [each["status"] for each in seen.invocations] == ["failure", "success"]
    assert [each["reason"] for each in seen.of_type("shutdown")] == ["failure", "spindown"]
    assert len(seen.of_type("init")) == 2
