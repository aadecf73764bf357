"""Timeouts, crashes, memory, init errors: resets, and the exit status that reports extensions that misbehave."""

import json

import pytest


def test_a_timeout_resets_the_sandbox(world):
    seen = world.add_extension().run(script=[{"invoke": {"sleep": 30}, "timeout": 0.3}, {"invoke": {}}])
    late, good = seen.invocations
    assert seen.exit_code == 0
    assert late["status"] == "timeout" and 300 <= late["durationMs"] < 1000
    assert "Task timed out after 0.30 seconds" in json.loads(late["response"])["errorMessage"]
    reset = seen.of_type("shutdown")[0]
    assert (reset["kind"], reset["reason"]) == ("reset", "timeout")
    assert reset["runtime"]["exitCode"] == -9 and reset["extensions"]["fake"]["exitCode"] == 0
    assert seen.event_types() == ["INVOKE", "SHUTDOWN", "INVOKE", "SHUTDOWN"]
    assert good["status"] == "success" and good["coldStart"] and good["initDurationMs"] is None
    assert [line["phase"] for line in seen.of_type("init")] == ["init", "invoke"]
    starts = [record["phase"] for record in seen.records("platform.initStart")]
    assert starts == ["init", "invoke"]
    assert len(set(seen.by("fake", "pid"))) == 2


def test_an_extension_that_holds_next_past_the_deadline_is_a_timeout_too(world):
    seen = world.add_extension().run("--timeout", 0.3, extension={"hold_ms": 1000})
    line = seen.invocations[0]
    assert line["status"] == "timeout" and line["response"] == "{}"  # the caller had it long before
    assert line["extensions"]["fake"]["nextDelayMs"] is None
    assert seen.event_types() == ["INVOKE", "SHUTDOWN"] and seen.exit_code == 0


@pytest.mark.parametrize("payload, end", [({"exit": 3}, "exit status 3"), ({"signal": 11}, "segmentation fault"),
                                          ({"exit": 0}, "without providing a reason")])
def test_a_crash_of_the_runtime_is_the_functions_business(world, payload, end):
    seen = world.add_extension().run(script=[{"invoke": payload}, {"invoke": {}}])
    crash, good = seen.invocations
    assert seen.exit_code == 0
    assert (crash["status"], crash["errorType"]) == ("failure", "Runtime.ExitError")
    assert end in json.loads(crash["response"])["errorMessage"]
    assert good["status"] == "success"
    assert seen.events()[1]["shutdownReason"] == "failure"


def test_neither_runtime_done_nor_report_follow_a_crash(world):
    seen = world.add_extension().run("--payload", '{"exit": 1}')
    assert seen.records("platform.start") != []
    assert seen.records("platform.runtimeDone") == seen.records("platform.report") == []


@pytest.mark.parametrize("payload, status", [({"exit": 1}, "failure"), ({"sleep": 30}, "timeout")])
def test_unless_they_are_asked_for(world, payload, status):
    seen = world.add_extension().run("--timeout", 0.3, "--report-after-reset", "--payload", json.dumps(payload))
    for event_type in ("platform.runtimeDone", "platform.report"):
        assert [record["status"] for record in seen.records(event_type)] == [status]
    shutdown = seen.when(lambda line: line.get("event", {}).get("eventType") == "SHUTDOWN")
    report = seen.when(lambda line: "platform.report" in json.dumps(line.get("telemetry", "")))
    assert -50 < report - shutdown < 500  # the fake may take from both of its connections in either order


def test_an_error_of_the_function_keeps_the_sandbox(world):
    seen = world.add_extension().run(script=[{"invoke": {"error": "My.Error"}}, {"invoke": {}}])
    assert [(line["status"], line["errorType"]) for line in seen.invocations] == [
        ("error", "My.Error"), ("success", None)]
    assert len(seen.of_type("init")) == 1
    for event_type in ("platform.runtimeDone", "platform.report"):
        assert [record["status"] for record in seen.records(event_type)] == ["error", "success"]
        assert seen.records(event_type)[0]["errorType"] == "My.Error"


def test_memory_is_enforced_on_request(world):
    big = {"mb": 300, "hold": 0.2}
    seen = world.add_extension().run("--memory", 128, "--enforce-memory", script=[{"invoke": big}, {"invoke": {}}])
    assert [line["errorType"] for line in seen.invocations] == ["Runtime.OutOfMemory", None]
    assert seen.invocations[0]["maxMemoryUsedMB"] == 128
    seen = world.run("--memory", 128, "--payload", json.dumps(big))
    assert seen.invocations[0]["status"] == "success" and seen.invocations[0]["maxMemoryUsedMB"] > 300


def test_memory_is_enforced_in_every_life(world):
    big = {"mb": 300, "hold": 5}
    seen = world.add_extension().run("--memory", 128, "--enforce-memory", script=[{"invoke": big, "count": 3}])
    assert [line["errorType"] for line in seen.invocations] == ["Runtime.OutOfMemory"] * 3


def test_an_init_that_takes_too_long_is_tried_again_in_the_invocation(world):
    once = {"init_s": 30, "once": str(world.folder / "once")}
    seen = world.add_extension().run("--init-timeout", 0.4, "--timeout", 5, runtime=once)
    assert [(line["phase"], line["status"]) for line in seen.of_type("init")] == [
        ("init", "timeout"), ("invoke", "success")]
    assert seen.invocations[0]["status"] == "success" and seen.exit_code == 0
    assert [record["status"] for record in seen.records("platform.initReport")][-1] == "success"


def test_an_init_error_is_tried_again_and_then_the_callers(world):
    seen = world.add_extension().run(runtime={"init_error": "No.Module"})
    assert [(line["phase"], line["errorType"]) for line in seen.of_type("init")] == [
        ("init", "No.Module"), ("invoke", "No.Module")]
    assert seen.invocations[0]["errorType"] == "No.Module"
    assert json.loads(seen.invocations[0]["response"])["errorMessage"] == "no"
    assert "INVOKE" not in seen.event_types() and seen.exit_code == 0


def test_a_runtime_that_dies_in_init(world):
    seen = world.add_extension().run(runtime={"init_exit": 4, "once": str(world.folder / "once")})
    assert [line["status"] for line in seen.of_type("init")] == ["failure", "success"]
    assert seen.invocations[0]["status"] == "success"


def test_a_retried_init_is_bounded_by_the_functions_timeout(world):
    seen = world.add_extension().run("--init-timeout", 0.4, "--timeout", 0.5, runtime={"init_s": 30})
    assert seen.invocations[0]["status"] == "timeout"
    assert 500 <= seen.invocations[0]["durationMs"] < 2000
    assert "INVOKE" not in seen.event_types()


@pytest.mark.parametrize("code", [0, 7])
def test_an_extension_that_exits_fails_the_invocation_and_the_run(world, code):
    seen = world.add_extension().run(script=[{"invoke": {"sleep": 0.1}}, {"invoke": {}}],
                                     extension={"exit_at_invoke": 1, "exit_code": code})
    assert seen.exit_code == 5
    assert [line["errorType"] for line in seen.invocations] == ["Extension.Crash", "Extension.Crash"]
    assert f"extension fake exited before SHUTDOWN with exit status {code} (Extension.Crash)" in seen.stderr
    assert seen.summary["exitCode"] == 5 and "fake" in seen.summary["problem"]


def test_the_others_are_told_when_an_extension_crashed(world):
    world.add_extension("bad").add_extension("good")
    seen = world.run("--payload", '{"sleep": 0.2}', extension={"bad": {"exit_at_invoke": 1}})
    assert seen.events("good")[-1] | {"deadlineMs": 0} == {
        "eventType": "SHUTDOWN", "deadlineMs": 0, "shutdownReason": "failure"}


def test_an_extension_that_reports_why_it_exits(world):
    seen = world.add_extension().run(extension={"exit_error": "My.Reason"})
    assert seen.exit_code == 5 and "My.Reason" in seen.stderr


def test_an_extension_that_does_not_go_is_killed(world):
    seen = world.add_extension().run("--shutdown-timeout", 0.3, extension={"shutdown_s": 30})
    assert seen.exit_code == 6
    assert "still running 0.3 s after SHUTDOWN (spindown) and was killed" in seen.stderr
    extension = seen.of_type("shutdown")[0]["extensions"]["fake"]
    assert extension["killed"] and extension["exitCode"] == -9 and extension["afterMs"] >= 300


def test_the_status_of_an_extension_that_went_is_told(world):
    seen = world.add_extension().run(extension={"shutdown_code": 9})
    assert seen.exit_code == 0
    assert seen.of_type("shutdown")[0]["extensions"]["fake"]["exitCode"] == 9
    assert "extension fake ended after SHUTDOWN with exit status 9" in seen.stderr


def test_an_extension_that_does_not_register(world):
    seen = world.add_extension().run("--init-timeout", 0.3, extension={"register_after": 30})
    assert seen.exit_code == 4 and "fake did not register within 0.3 s" in seen.stderr


def test_an_extension_of_another_name_is_refused(world):
    seen = world.add_extension().run(extension={"name": "other"})
    assert seen.by("fake", "registered")[0] == 403 and "must be the file's basename" in seen.by("fake", "body")[0]


@pytest.mark.parametrize("text, mode, words", [
    ("#!/no/such/interpreter\n", 0o755, "the interpreter or loader it names does not"),
    ("not a program", 0o755, "another architecture, or a script without a #! line"),
    ("#!/bin/sh\n", 0o644, "chmod +x"),
])
def test_an_extension_that_cannot_be_started(world, text, mode, words):
    seen = world.add_script("broken", text, mode).run()
    assert seen.exit_code == 3 and words in seen.stderr


@pytest.mark.parametrize("program, words", [
    ("./no-such-runtime", "there is no ./no-such-runtime"), ("no-such-command", "there is no no-such-command"),
    ("/dev/null", "/dev/null"), ("/etc/passwd", "chmod +x /etc/passwd")])
def test_a_runtime_that_cannot_be_started(world, program, words):
    world.runtime = [program]
    seen = world.add_extension().run()
    assert seen.exit_code == 3 and words in seen.stderr


def test_a_relative_runtime_is_looked_for_where_it_starts(world, tmp_path, monkeypatch):
    here, root = tmp_path / "here", tmp_path / "root"
    (here / "bin").mkdir(parents=True)
    root.mkdir()
    (here / "bin" / "program").write_text("#!/bin/sh\n")
    monkeypatch.chdir(here)
    world.runtime = ["bin/program"]
    seen = world.add_extension().run("--task-root", root)
    assert seen.exit_code == 3
    assert f"there is no bin/program in {root}, where it is started; try: {here}/bin/program" in seen.stderr


def test_a_process_killed_while_frozen_fails_the_next_invocation(world):
    steps = [{"invoke": {}}, {"signal": {"process": "runtime", "signal": "KILL"}}, {"sleep_ms": 50}, {"invoke": {}},
             {"invoke": {}}]
    seen = world.add_extension().run(script=steps)
    assert [line["status"] for line in seen.invocations] == ["success", "failure", "success"]
    assert seen.events()[2]["shutdownReason"] == "failure"


def test_children_of_a_killed_runtime_go_with_it(world):
    seen = world.add_extension().run("--timeout", 0.4, "--payload", '{"child": 60, "daemon": 60, "sleep": 30}')
    assert len(seen.by("runtime", "child")) == len(seen.by("runtime", "daemon")) == 1
    # nobody_left_behind checks that they have exited
