"""Init, invoke, freeze and thaw, shutdown, as the processes see it."""

import asyncio
import math

import pytest


def test_an_invocation_reaches_extension_and_runtime(world):
    seen = world.add_extension().run("-n", 2, "--payload", '{"a": 1}')
    assert seen.exit_code == 0
    assert seen.event_types() == ["INVOKE", "INVOKE", "SHUTDOWN"]
    assert seen.by("runtime", "invoked") == [{"a": 1}, {"a": 1}]
    assert seen.by("runtime", "response") == [202, 202]
    assert [line["status"] for line in seen.invocations] == ["success", "success"]
    assert [line["response"] for line in seen.invocations] == ['{"a": 1}'] * 2
    assert [line["coldStart"] for line in seen.invocations] == [True, False]


def test_both_are_told_the_same_of_an_invocation(world):
    seen = world.add_extension().run("--qualifier", "live", "--function-name", "f", "--timeout", 7)
    event, headers, line = seen.events()[0], seen.by("runtime", "headers")[0], seen.invocations[0]
    assert event["requestId"] == headers["lambda-runtime-aws-request-id"] == line["requestId"]
    assert event["invokedFunctionArn"] == headers["lambda-runtime-invoked-function-arn"] == line["arn"]
    assert line["arn"] == "arn:aws:lambda:us-east-1:123456789012:function:f:live"
    assert event["deadlineMs"] == int(headers["lambda-runtime-deadline-ms"])
    assert abs(event["deadlineMs"] - line["startMs"] - 7000) < 2
    assert event["tracing"] == {"type": "X-Amzn-Trace-Id", "value": headers["lambda-runtime-trace-id"]}


def test_tracing_is_absent_without_a_trace_id(world):
    seen = world.add_extension().run("--no-tracing")
    assert "tracing" not in seen.events()[0]
    assert "lambda-runtime-trace-id" not in seen.by("runtime", "headers")[0]


def test_extensions_have_fewer_variables_than_the_runtime(world):
    seen = world.add_extension().run(
        "--memory", 512, "--env", "BOTH=1", "--runtime-env", "ONE=r", "--log-format", "JSON",
        env={"LAMBDA_VITALS_EMIT": "sync", "SECRET_OF_THE_CALLER": "x", "AWS_PROFILE": "x"})
    extension, runtime = seen.by("fake", "environment")[0], seen.by("runtime", "environment")[0]
    for name in ("AWS_EXECUTION_ENV", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "LAMBDA_RUNTIME_DIR",
                 "LAMBDA_TASK_ROOT", "_HANDLER"):
        assert name in runtime and name not in extension
    for environment in (extension, runtime):
        assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "function"
        assert environment["AWS_LAMBDA_FUNCTION_VERSION"] == "$LATEST"
        assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "512"
        assert environment["AWS_LAMBDA_INITIALIZATION_TYPE"] == "on-demand"
        assert environment["AWS_LAMBDA_LOG_FORMAT"] == "JSON"
        assert environment["AWS_REGION"] == "us-east-1"
        assert environment["BOTH"] == "1"
        assert environment["LAMBDA_VITALS_EMIT"] == "sync"
        assert "SECRET_OF_THE_CALLER" not in environment and "AWS_PROFILE" not in environment
        assert "AWS_LAMBDA_LOG_LEVEL" not in environment
    assert runtime["ONE"] == "r" and "ONE" not in extension


def test_registration_tells_about_the_function(world):
    seen = world.add_extension().run("--handler", "a.b", "--account-id", "1")
    assert '"functionName": "function"' in seen.by("fake", "body")[0]
    assert '"handler": "a.b"' in seen.by("fake", "body")[0]
    assert '"accountId": "1"' in seen.by("fake", "body")[0]


def test_the_runtime_starts_after_the_extensions_registered(world):
    seen = world.add_extension("one").add_extension("two").run(extension={"two": {"register_after": 0.2}})
    registered = max(line["at"] for line in seen.reported if "registered" in line)
    assert seen.when(lambda line: line["from"] == "runtime") > registered
    assert seen.of_type("init")[0]["extensions"]["two"]["registerMs"] >= 200
    assert seen.event_types("one") == seen.event_types("two") == ["INVOKE", "SHUTDOWN"]


def test_an_extension_gets_only_the_events_it_registered_for(world):
    seen = world.add_extension("both").add_extension("end").run(extension={"end": {"events": ["SHUTDOWN"]}})
    assert seen.event_types("both") == ["INVOKE", "SHUTDOWN"]
    assert seen.event_types("end") == ["SHUTDOWN"]


def test_an_extension_without_shutdown_is_killed_and_not_blamed(world):
    seen = world.add_extension().run(extension={"events": ["INVOKE"]})
    assert seen.exit_code == 0
    assert seen.of_type("shutdown")[0]["extensions"]["fake"]["exitCode"] == -9
    assert seen.of_type("shutdown")[0]["extensions"]["fake"]["killed"] is False


def test_registration_ends_with_the_init(world):
    seen = world.add_extension().run(extension={"register_again": True})
    assert seen.by("fake", "registered") == [200, 403] and "Extension.RegistrationClosed" in seen.by("fake", "body")[-1]


def test_who_hung_up_is_not_waiting_for_the_next_event(world):
    seen = world.add_extension().run("-n", 2, "--payload", '{"sleep": 0.1}', extension={"hang_up_s": 0.4})
    assert all(line["durationMs"] >= 400 for line in seen.invocations)
    assert seen.event_types() == ["INVOKE", "INVOKE", "SHUTDOWN"]


def test_the_caller_has_its_response_before_the_extension_is_done(world):
    seen = world.add_extension().run(extension={"hold_ms": 500})
    line = seen.invocations[0]
    assert line["responseMs"] - line["startMs"] < 400
    assert line["durationMs"] >= 500
    assert line["billedDurationMs"] == math.ceil(line["durationMs"] + line["initDurationMs"])
    assert line["extensions"]["fake"]["nextDelayMs"] >= 500


def test_processes_stand_still_between_invocations(world):
    """The daemon, too, that left the runtime's session and parentage."""
    (world.folder / "busy.py").write_text(
        "import os, time\n"
        "while True:\n"
        "    time.sleep(0.001)\n"
        "    os.write(1, b'{\"from\":\"busy\",\"at\":%f}\\n' % (time.time() * 1000))\n")
    python, runtime = world.runtime
    world.runtime = ["/bin/sh", "-c", f"(setsid {python} {world.folder}/busy.py &); exec {python} {runtime}"]
    seen = world.add_extension().run("-n", 3, "--freeze-ms", 150, "--payload", '{"sleep": 0.05}')
    ticks = [line["at"] for line in seen.reported if line["from"] == "busy"]
    freezes, thaws = seen.of_type("freeze"), seen.of_type("thaw")
    assert len(freezes) == len(thaws) == 3 and all(line["processes"] >= 3 for line in freezes)
    for frozen, thawed in zip(freezes, thaws):
        assert thawed["frozenMs"] >= 150
        assert not [at for at in ticks if frozen["atMs"] < at < thawed["atMs"] - 5]
    assert [at for at in ticks if thaws[0]["atMs"] < at < freezes[1]["atMs"]]


def test_without_freeze_nothing_is_stopped(world):
    seen = world.add_extension().run("-n", 2, "--no-freeze")
    assert seen.of_type("freeze") == []


def test_shutdown_gives_its_reason_and_two_seconds(world):
    seen = world.add_extension().run("--shutdown-reason", "SandboxTerminated", runtime={"term_s": 0.05})
    event = seen.events()[-1]
    shutdown_at = seen.when(lambda line: line.get("event", {}).get("eventType") == "SHUTDOWN")
    assert event["shutdownReason"] == "SandboxTerminated"
    assert 1000 < event["deadlineMs"] - shutdown_at <= 2000
    assert seen.by("runtime", "terminated") == [True]
    line = seen.of_type("shutdown")[0]
    assert line["kind"] == "end" and line["runtime"]["exitCode"] == 0
    assert line["extensions"]["fake"]["exitCode"] == 0 and line["extensions"]["fake"]["notified"] is True


def test_the_sandbox_is_a_library_too(world, capfd):
    from lambda_sandbox import Options, Sandbox

    async def life() -> tuple[str, bytes | None]:
        async with Sandbox(Options(extensions=str(world.add_extension().extensions), runtime=world.runtime)) as sandbox:
            invocation = await sandbox.invoke(b'{"a": 1}')
            return invocation.status, invocation.response

    assert asyncio.run(life()) == ("success", b'{"a": 1}')
    assert '"SHUTDOWN"' in capfd.readouterr().out


def test_no_invocation_at_all_is_a_run_too(world):
    seen = world.add_extension().run("-n", 0)
    assert seen.exit_code == 0 and seen.reported == []
    seen = world.run(script=[{"invoke": {}}, {"shutdown": "spindown"}, {"invoke": {}}])
    assert [line["coldStart"] for line in seen.invocations] == [True, True]
    assert len(seen.of_type("init")) == 2 and len(seen.of_type("shutdown")) == 2


def test_snap_start_continues_from_a_snapshot(world):
    seen = world.add_extension().run("--initialization-type", "snap-start", "--restore", runtime={"restore": True})
    types = [event["type"] for event in seen.telemetry()]
    assert types.count("platform.initStart") == 2
    for name in ("platform.restoreStart", "platform.restoreRuntimeDone", "platform.restoreReport"):
        assert types.count(name) == 1
    assert seen.by("runtime", "restored") == [True]
    metrics = seen.records("platform.report")[0]["metrics"]
    assert "initDurationMs" not in metrics and metrics["restoreDurationMs"] > 0
    assert 0 <= metrics["billedRestoreDurationMs"] - metrics["restoreDurationMs"] < 1


@pytest.mark.parametrize("connections", ["closed", "reset"])
def test_a_restored_extension_may_find_its_connections_broken(world, connections):
    seen = world.add_extension().run("--initialization-type", "snap-start", "--restore", "--connections", connections,
                                     runtime={"restore": True}, extension={"retries": 5})
    assert seen.exit_code == 0, seen.stderr
    assert seen.event_types() == ["INVOKE", "SHUTDOWN"]
    assert seen.by("fake", "failures")[0] > 0


def test_managed_instances_refuse_invoke_events(world):
    seen = world.add_extension().run("--initialization-type", "lambda-managed-instances")
    assert seen.by("fake", "registered")[0] == 403 and seen.exit_code == 5
    seen = world.run("--initialization-type", "lambda-managed-instances",
                     extension={"events": ["SHUTDOWN"], "wish": {"schemaVersion": "2025-01-29"}})
    assert seen.exit_code == 0 and seen.event_types() == ["SHUTDOWN"]
    assert seen.records("platform.runtimeDone") == [] and seen.of_type("freeze") == []
    assert list(seen.records("platform.report")[0]["metrics"]) == ["durationMs"]
