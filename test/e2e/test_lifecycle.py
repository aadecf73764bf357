"""When the extension requests the next event, when it writes its lines, and how it starts and ends."""
import json
import socket
import statistics
import time

import pytest

import sandbox as lambda_sandbox
from accuracy import note, workload

INVOKE = {"invoke": {}}
ASYNC, SYNC = {"LAMBDA_VITALS_EMIT": "async"}, {"LAMBDA_VITALS_EMIT": "sync"}


def next_delays(run, name="lambda-vitals"):
    return [each["extensions"][name]["nextDelayMs"] for each in run.invocations]


def test_async_asks_for_the_next_event_while_the_function_still_runs(play):
    run = play([{"invoke": {"sleepMs": 300}, "count": 3}], env=ASYNC)
    assert len(run.lines) == 3
    assert max(next_delays(run)) < 150


def test_sync_asks_when_the_function_is_done(play):
    run = play([{"invoke": {"sleepMs": 200}, "count": 3}], env=SYNC)
    assert len(run.lines) == 3
    assert all(200 <= delay < 400 for delay in next_delays(run))


@pytest.mark.parametrize("options", [["--telemetry", "off"], ["--fault", "api:telemetry=500"],
                                     ["--env", "LAMBDA_VITALS_TELEMETRY=off"]])
def test_sync_does_not_wait_where_there_is_no_telemetry(play, options):
    run = play([{"invoke": {"sleepMs": 200}, "count": 3}], env=SYNC, options=options)
    assert [each["request_id"] for each in run.records] == run.request_ids
    assert max(next_delays(run)) < 150


def test_sync_waits_no_longer_than_the_deadline(play):
    run = play([INVOKE, INVOKE], env=SYNC, options=["--fault", "telemetry:drop", "--timeout", "1"])
    assert [each["status"] for each in run.invocations] == ["success"] * 2
    assert [each["request_id"] for each in run.records] == run.request_ids


@pytest.mark.socket_diagnostics
def test_sync_waits_for_lost_telemetry_no_longer_than_for_the_runtime(play):
    """The runtime's next poll ends the wait; there is no further wait until telemetry comes again."""
    lost = {"fault": "telemetry:drop"}
    slow = {"invoke": {"sleepMs": 60}, "timeout": 5}
    run = play([slow, lost, slow, slow, {"clear_faults": True}, slow, slow, slow], env=SYNC)
    assert max(each["durationMs"] for each in run.invocations) < 60 + 100 + 150  # the last for a busy machine
    assert [each["request_id"] for each in run.records] == run.request_ids
    assert 55 <= run.records[1]["duration"] < 60 + 100  # the extension may learn of the INVOKE after the function
    assert [each.get("status") for each in run.records[::5]] == ["success"] * 2
    assert next_delays(run)[-1] >= 60


def test_sync_does_not_wait_for_a_runtime_that_has_exited(extension):
    """Its children continue, so some of the function's processes still run."""
    crash = {"steps": [{"do": "daemon", "ms": 1500}, {"do": "crash", "status": 3}]}
    run = lambda_sandbox.play(extension, [workload()], [{"invoke": {}}, {"invoke": crash, "timeout": 5}, {"invoke": {}}],
                              env=SYNC | {"LAMBDA_VITALS_TELEMETRY_PORT": "0"}, options=["--memory", "1769"])
    assert run.status == 0, run.log
    assert [each["request_id"] for each in run.records] == run.request_ids
    assert run.records[1]["status"] == "failure"
    assert run.invocations[1]["durationMs"] < 1000


@pytest.mark.parametrize("pause_ms", [0, 60], ids=["back to back", "with pauses"])
def test_what_sync_costs_a_quick_function_is_the_platforms_buffer(extension, pause_ms):
    """25 ms, the shortest buffering of a subscription, and the delivery. It begins with the first event in the buffer."""
    steps = [{"invoke": {"steps": [{"do": "sleep", "ms": 1}]}}, *[{"sleep_ms": pause_ms}] * bool(pause_ms)] * 100
    run = lambda_sandbox.play(extension, [workload()], steps, env=SYNC | {"LAMBDA_VITALS_TELEMETRY_PORT": "0"})
    held = sorted(each["endMs"] - each["runtimeDoneMs"] for each in run.invocations)
    note(f"sync, a function of 1 ms: held for {held[0]:.1f} to {held[-1]:.1f} ms, median {statistics.median(held):.1f}")
    assert statistics.median(held) < 25 + 4


def test_sync_costs_a_slow_function_no_more(extension):
    run = lambda_sandbox.play(extension, [workload()], [{"invoke": {"steps": [{"do": "sleep", "ms": 60}]}, "count": 6}],
                              env=SYNC | {"LAMBDA_VITALS_TELEMETRY_PORT": "0"})
    assert statistics.median(each["durationMs"] for each in run.invocations) < 60 + 25 + 30


@pytest.mark.socket_diagnostics
def test_an_end_before_a_freeze_past_the_deadline_is_on_the_line(extension):
    sleep = {"steps": [{"do": "sleep", "ms": 80}]}
    run = lambda_sandbox.play(extension, [workload()], [{"invoke": sleep}, {"sleep_ms": 1500}] * 3 + [{"invoke": sleep}],
                              options=["--telemetry", "off", "--timeout", "1"])
    assert [each["request_id"] for each in run.records] == run.request_ids
    for record, truth in list(zip(run.records, run.invocations, strict=True))[1:3]:
        assert record["duration"] == pytest.approx(json.loads(truth["response"])["wallMs"], abs=10)


def lines_at_freezes(sandbox, count, milliseconds):
    """The number of lines written at each freeze after an invocation."""
    seen = []
    with sandbox:
        for number in range(1, count + 1):
            sandbox.invoke({"sleepMs": milliseconds})
            end = time.monotonic() + 5
            while len(sandbox.request_ids()) < number and time.monotonic() < end:  # reported once all is frozen
                time.sleep(0.01)
            seen.append(len(sandbox.emf_lines()))
        sandbox.terminate()
        assert len(sandbox.emf_lines()) == count
    return seen


def test_sync_writes_every_line_before_the_freeze(live):
    assert lines_at_freezes(live(env=SYNC), 4, milliseconds=20) == [1, 2, 3, 4]


def test_async_writes_after_the_next_thaw_or_at_shutdown(live):
    # The platform collects telemetry for 25 ms.
    lines = lines_at_freezes(live(env=ASYNC), 4, milliseconds=100)
    assert all(count in (number - 1, number) for number, count in enumerate(lines, 1))


def test_it_registers_under_the_name_of_its_file(play):
    run = play([INVOKE], extension_name="my.vitals-2")
    assert run.status == 0, run.log
    assert len(next_delays(run, "my.vitals-2")) == len(run.lines) == 1


def test_it_goes_at_shutdown_in_good_time(play):
    run = play([INVOKE, INVOKE, {"sleep_ms": 100}])
    (shutdown,) = run.of_type("shutdown")
    ended = shutdown["extensions"]["lambda-vitals"]
    assert (ended["exitCode"], ended["killed"]) == (0, False)
    assert ended["afterMs"] < 1000
    assert len(run.lines) == 2


def test_it_goes_at_shutdown_before_any_invocation(play):
    run = play([{"reset": "spindown"}])
    assert (run.status, run.lines) == (0, [])


def test_sigterm_ends_it_with_its_lines_written(play):
    run = play([INVOKE, INVOKE, {"signal": {"process": "lambda-vitals", "signal": "TERM"}}, {"invoke": {}}])
    assert [each["request_id"] for each in run.records][:2] == run.request_ids[:2]


def test_a_refused_registration_is_told_and_ends_it(play):
    run = play([INVOKE], options=["--fault", "api:register=403"])
    assert run.status != 0 and run.lines == []
    assert "403" in run.warnings


def test_a_taken_port_costs_no_telemetry(play):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = play([{"invoke": {"sleepMs": 60}, "count": 2}], env={"LAMBDA_VITALS_TELEMETRY_PORT": port})
    assert [each["status"] for each in run.records] == ["success"] * 2
    assert run.of_type("subscription")[0]["port"] != port


def test_switched_off_it_registers_for_shutdown_and_does_nothing(play):
    run = play([INVOKE, INVOKE], env={"LAMBDA_VITALS_ENABLED": "false"})
    assert (run.status, run.lines, run.warnings) == (0, [], "")
    assert not run.of_type("subscription")
    assert all(each["extensions"] == {} for each in run.invocations)


def test_lines_carry_what_the_json_log_format_wants(play):
    run = play([INVOKE, INVOKE], options=["--log-format", "JSON", "--log-level", "WARN"])
    assert len(run.records) == 2
    assert all(each["timestamp"].endswith("Z") and each["level"] == "WARN" for each in run.records)
    assert not {"timestamp", "level"} & set(json.loads(play([INVOKE]).lines[0]))


def test_sync_does_not_keep_the_shutdown_after_a_crash_waiting(play):
    run = play([INVOKE, {"invoke": {"sleepMs": 50, "exit": 3}}, INVOKE], env=SYNC)
    assert run.status == 0, run.log
    assert [each["request_id"] for each in run.records] == run.request_ids
