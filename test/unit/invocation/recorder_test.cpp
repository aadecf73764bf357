#include "invocation/recorder.h"

#include <string>
#include <vector>

#include "support/catch.h"
#include "support/recorder_sandbox.h"

namespace vitals {

using namespace std::chrono_literals;
using namespace vitals::test;

namespace {

using Sandbox = RecorderSandbox;

Settings with(Emit emit) {
  Settings settings;
  settings.emit = emit;
  return settings;
}

// What the function's processes have used by now.
void use(Sandbox& sandbox, std::chrono::nanoseconds cpu) {
  sandbox.instruments.next.function->cpu.user += cpu;
}

Value cpu_of(const Sandbox& sandbox, std::size_t record) {
  return sandbox.records.at(record).get(Field::cpu_total_time);
}

}  // namespace

TEST_CASE("a record comes with the report, when telemetry is promised") {
  Sandbox sandbox;
  sandbox.recorder.expect_telemetry();
  sandbox.recorder.on_invoke(invoke("a"));
  sandbox.run(5ms);
  sandbox.done("a");
  CHECK(sandbox.ids.empty());
  CHECK(!sandbox.recorder.next_tick());
  sandbox.report("a");
  CHECK(sandbox.ids == std::vector<std::string>{"a"});
}

TEST_CASE("with telemetry a window begins where the last one ended, and no counter is read for it anew") {
  Sandbox sandbox;
  sandbox.recorder.expect_telemetry();
  use(sandbox, 5ms);
  sandbox.recorder.on_invoke(invoke("a"));
  use(sandbox, 3ms);
  sandbox.done("a");
  // The sandbox is frozen, and the look at "b" comes late: its function has used 4 ms by then.
  sandbox.clock.advance(1h);
  use(sandbox, 4ms);
  sandbox.instruments.next.gauges.threads = 9;
  sandbox.instruments.cpu += 2ms;
  const int samples = sandbox.instruments.samples;
  sandbox.recorder.on_invoke(invoke("b"));
  CHECK(sandbox.instruments.samples == samples);
  CHECK(sandbox.recorder.next_tick() > sandbox.clock.now().steady);
  sandbox.instruments.next.gauges.threads = 2;
  sandbox.instruments.next.agent_cpu = sandbox.instruments.cpu + 1ms;
  use(sandbox, 1ms);
  sandbox.done("b");
  CHECK(sandbox.instruments.samples == samples + 1);
  sandbox.report("b");
  REQUIRE(sandbox.ids == std::vector<std::string>{"a", "b"});
  CHECK(sandbox.records[0].get(Field::init_cpu_time) == Value{std::int64_t{5000}});
  CHECK(cpu_of(sandbox, 0) == Value{std::int64_t{3000}});
  CHECK(cpu_of(sandbox, 1) == Value{std::int64_t{5000}});
  CHECK(sandbox.records[1].get(Field::threads_max) == Value{std::int64_t{9}});
  CHECK(sandbox.records[1].get(Field::agent_cpu_time) == Value{std::int64_t{1000}});
}

TEST_CASE("an invocation that was over before its INVOKE was read has used what ran since the last one") {
  Sandbox sandbox;
  sandbox.recorder.expect_telemetry();
  sandbox.recorder.on_invoke(invoke("a"));
  sandbox.done("a");
  sandbox.done("b");
  use(sandbox, 4ms);
  sandbox.recorder.on_invoke(invoke("b"));
  sandbox.report("b");
  CHECK(sandbox.ids == std::vector<std::string>{"a", "b"});
  CHECK(cpu_of(sandbox, 1) == Value{std::int64_t{4000}});
}

TEST_CASE("a window that the next INVOKE closes ends where that one's begins") {
  Sandbox sandbox;
  sandbox.recorder.expect_telemetry();
  for (const auto* const id : {"a", "b", "c"}) {
    sandbox.recorder.on_invoke(invoke(id));
    use(sandbox, 2ms);
  }
  sandbox.recorder.end();
  for (std::size_t record : {0U, 1U, 2U}) CHECK(cpu_of(sandbox, record) == Value{std::int64_t{2000}});
}

TEST_CASE("without telemetry, too, a window begins where the one before it ended") {
  Sandbox sandbox;
  sandbox.recorder.on_invoke(invoke("a"));
  use(sandbox, 3ms);
  sandbox.instruments.end = sandbox.clock.now().steady;
  sandbox.run(200ms);
  use(sandbox, 4ms);
  sandbox.recorder.on_invoke(invoke("b", 3207));
  use(sandbox, 1ms);
  sandbox.recorder.end();
  CHECK(cpu_of(sandbox, 0) == Value{std::int64_t{3000}});
  CHECK(cpu_of(sandbox, 1) == Value{std::int64_t{5000}});
}

TEST_CASE("nothing is to be waited for while no window is open") {
  Sandbox sandbox;
  CHECK(!sandbox.recorder.next_tick());
  sandbox.recorder.on_invoke(invoke("a"));
  CHECK(sandbox.recorder.next_tick());
  sandbox.instruments.end = sandbox.clock.now().steady;
  sandbox.run(200ms);
  CHECK(!sandbox.recorder.next_tick());
  CHECK(sandbox.ids == std::vector<std::string>{"a"});
}

TEST_CASE("without telemetry the connections are looked at when that is due, however seldom the gauges are sampled") {
  Settings settings;
  settings.sample_interval = 10s;
  Sandbox sandbox{settings};
  sandbox.recorder.on_invoke(invoke("a", 60'000));
  sandbox.run(1s);
  CHECK(sandbox.instruments.connection_looks == 10);
  CHECK(sandbox.instruments.gauge_looks == 0);
  sandbox.instruments.look_pause = 20ms;
  sandbox.run(1s);
  CHECK(sandbox.instruments.connection_looks == 60);
}

TEST_CASE("the connections are not looked at with every sample of the gauges") {
  Settings settings;
  settings.sample_interval = 1ms;
  Sandbox sandbox{settings};
  sandbox.recorder.on_invoke(invoke("a"));
  sandbox.run(1s);
  CHECK(sandbox.instruments.connection_looks == 10);
}

TEST_CASE("what looks at the connections cost does not make the looks at the gauges rare") {
  Sandbox sandbox;
  sandbox.recorder.on_invoke(invoke("a", 60'000));
  sandbox.instruments.look_cost = 100us;
  sandbox.run(30s);
  CHECK(sandbox.instruments.gauge_looks > 1000);
}

TEST_CASE("with telemetry the connections are not looked at") {
  Sandbox sandbox;
  sandbox.recorder.expect_telemetry();
  sandbox.recorder.on_invoke(invoke("a"));
  sandbox.run(1s);
  CHECK(sandbox.instruments.connection_looks == 0);
  CHECK(sandbox.instruments.gauge_looks > 20);
}

TEST_CASE("the deadline closes a window whose end nothing tells") {
  Sandbox sandbox;
  sandbox.recorder.on_invoke(invoke("a", 1000));
  sandbox.run(1249ms);
  CHECK(sandbox.ids.empty());
  sandbox.run(1ms);
  CHECK(sandbox.ids == std::vector<std::string>{"a"});
}

TEST_CASE("a wall clock that is set right after a thaw does not close a window, and its deadline is found anew") {
  Sandbox sandbox;
  sandbox.clock.set_wall(at_ms(-3'600'000).wall);  // an hour behind
  sandbox.recorder.on_invoke(invoke("a", 1000));
  sandbox.run(100ms);
  sandbox.clock.set_wall(at_ms(100).wall);
  sandbox.run(1000ms);
  CHECK(sandbox.ids.empty());
  sandbox.run(150ms);
  CHECK(sandbox.ids == std::vector<std::string>{"a"});
}

TEST_CASE("sync: when the runtime polls again, runtimeDone is waited for a moment and no longer") {
  Sandbox sandbox{with(Emit::sync)};
  sandbox.recorder.expect_telemetry();
  sandbox.recorder.on_invoke(invoke("a", 60'000));
  sandbox.run(90ms);
  const auto polled = sandbox.clock.now().steady;
  sandbox.instruments.end = polled;
  sandbox.run(30ms);
  CHECK(sandbox.recorder.hold_until());
  CHECK(sandbox.ids.empty());
  SECTION("it comes") {
    sandbox.done("a");
    CHECK(!sandbox.recorder.hold_until());
    CHECK(sandbox.records.at(0).get(Field::status) == Value{std::string_view{"success"}});
  }
  SECTION("it is lost: the line is out with what is known, and the next one is not waited for until it comes again") {
    sandbox.run(30ms);
    CHECK(!sandbox.recorder.hold_until());
    REQUIRE(sandbox.ids == std::vector<std::string>{"a"});
    CHECK(sandbox.records.at(0).get(Field::duration) == Value{std::int64_t{90'000}});
    sandbox.recorder.on_invoke(invoke("b", 60'000));
    CHECK(!sandbox.recorder.hold_until());
    sandbox.done("b");
    sandbox.recorder.on_invoke(invoke("c", 60'000));
    CHECK(sandbox.recorder.hold_until());
  }
  SECTION("the sandbox ends meanwhile") {
    sandbox.recorder.end();
    CHECK(sandbox.records.at(0).get(Field::duration) == Value{std::int64_t{90'000}});
  }
}

TEST_CASE("sync: an end that is seen late holds event/next only for what has been delivered meanwhile") {
  Sandbox sandbox{with(Emit::sync)};
  sandbox.recorder.expect_telemetry();
  sandbox.recorder.on_invoke(invoke("a", 60'000));
  sandbox.instruments.end = sandbox.clock.now().steady + 10ms;
  sandbox.run(106ms);
  CHECK(sandbox.ids == std::vector<std::string>{"a"});
}

TEST_CASE("an end that was observed before a freeze that lasts past the deadline is the end") {
  Sandbox sandbox;
  sandbox.recorder.on_invoke(invoke("a", 3'000));
  sandbox.run(50ms);
  sandbox.clock.advance(10s);
  sandbox.instruments.end = sandbox.clock.now().steady - 9'990ms;
  sandbox.recorder.on_tick();
  REQUIRE(sandbox.ids == std::vector<std::string>{"a"});
  CHECK(sandbox.records.at(0).get(Field::duration) == Value{std::int64_t{60'000}});
}

TEST_CASE("sync does not hold event/next for telemetry that has failed, until it comes again") {
  Sandbox sandbox{with(Emit::sync)};
  sandbox.recorder.expect_telemetry();
  sandbox.recorder.on_invoke(invoke("a"));
  CHECK(sandbox.recorder.hold_until());
  sandbox.recorder.on_invoke(invoke("b"));
  CHECK(!sandbox.recorder.hold_until());
  sandbox.recorder.on_invoke(invoke("c"));
  CHECK(!sandbox.recorder.hold_until());
  sandbox.recorder.on_invoke(invoke("d"));
  sandbox.done("c");
  sandbox.recorder.on_invoke(invoke("e"));
  CHECK(sandbox.recorder.hold_until());
}

TEST_CASE("a wall clock that is ahead when INVOKE comes closes no window, and is believed when it is set right") {
  Sandbox sandbox;
  sandbox.clock.set_wall(sandbox.clock.now().wall + 1h);
  sandbox.recorder.on_invoke(invoke("a", 3'000));
  sandbox.run(2s);
  CHECK(sandbox.ids.empty());
  sandbox.clock.set_wall(sandbox.clock.now().wall - 1h);
  sandbox.run(1100ms);
  CHECK(sandbox.ids.empty());
  sandbox.run(200ms);
  CHECK(sandbox.ids == std::vector<std::string>{"a"});
}

TEST_CASE("a wall clock that is an hour behind delays the end of a window no longer than until it is set right") {
  Sandbox sandbox;
  sandbox.clock.set_wall(sandbox.clock.now().wall - 1h);
  sandbox.recorder.on_invoke(invoke("a", 3'000));
  sandbox.run(4s);
  CHECK(sandbox.ids.empty());
  sandbox.clock.set_wall(sandbox.clock.now().wall + 1h);
  sandbox.run(15s);
  CHECK(sandbox.ids == std::vector<std::string>{"a"});
}

TEST_CASE("the steady clock may jump by a day in the middle of an invocation") {
  Sandbox sandbox;
  sandbox.recorder.on_invoke(invoke("a", 3'000));
  sandbox.run(10ms);
  sandbox.clock.advance(24h);
  sandbox.recorder.on_tick();
  sandbox.recorder.on_invoke(invoke("b", 3'000));
  sandbox.recorder.end();
  CHECK(sandbox.ids == std::vector<std::string>{"a", "b"});
}

TEST_CASE("sync holds event/next until the window closes, and looks at the deadline every second") {
  Sandbox sandbox{with(Emit::sync)};
  sandbox.recorder.expect_telemetry();
  sandbox.recorder.on_invoke(invoke("a"));
  CHECK(sandbox.recorder.hold_until() == sandbox.clock.now().steady + 1s);
  sandbox.clock.advance(2500ms);
  CHECK(sandbox.recorder.hold_until() == sandbox.clock.now().steady + 400ms);
  SECTION("until its end") {
    sandbox.done("a");
    CHECK(!sandbox.recorder.hold_until());
    CHECK(sandbox.ids == std::vector<std::string>{"a"});
  }
  SECTION("and not past the deadline") {
    sandbox.clock.advance(400ms);
    CHECK(!sandbox.recorder.hold_until());
  }
  SECTION("nor when the function's processes have gone") {
    sandbox.instruments.next.gauges.processes = 0;
    sandbox.recorder.on_tick();
    CHECK(!sandbox.recorder.hold_until());
  }
  SECTION("nor when the runtime has exited, though children of it live on") {
    sandbox.instruments.runtime_gone = true;
    sandbox.recorder.on_tick();
    CHECK(!sandbox.recorder.hold_until());
    CHECK(sandbox.ids.empty());  // SHUTDOWN is next, and says why
  }
}

TEST_CASE("nothing is held back in async mode, or without telemetry, or without a deadline") {
  Sandbox async;
  async.recorder.expect_telemetry();
  async.recorder.on_invoke(invoke("a"));
  CHECK(!async.recorder.hold_until());
  Sandbox untold{with(Emit::sync)};
  untold.recorder.on_invoke(invoke("a"));
  CHECK(!untold.recorder.hold_until());
  Sandbox endless{with(Emit::sync)};
  endless.recorder.expect_telemetry();
  auto event = invoke("a");
  event.deadline.reset();
  endless.recorder.on_invoke(event);
  CHECK(!endless.recorder.hold_until());
}

TEST_CASE("at SHUTDOWN the report is waited for as long as it may come") {
  Sandbox sandbox;
  sandbox.recorder.expect_telemetry();
  sandbox.recorder.on_invoke(invoke("a"));
  const auto now = sandbox.clock.now().steady;
  SECTION("300 ms") {
    sandbox.recorder.on_shutdown({"spindown", at_ms(2000).wall});
    CHECK(sandbox.recorder.reports_until() == now + 300ms);
  }
  SECTION("100 ms after a failure") {
    sandbox.recorder.on_shutdown({"failure", at_ms(2000).wall});
    CHECK(sandbox.recorder.reports_until() == now + 100ms);
  }
  SECTION("less when SHUTDOWN was read late") {
    sandbox.recorder.on_shutdown({"spindown", at_ms(700).wall});
    CHECK(sandbox.recorder.reports_until() == now + 200ms);
    CHECK(sandbox.recorder.exit_deadline() == now + 700ms);
  }
  SECTION("a little when the time seems short: the wall clock may be ahead") {
    sandbox.recorder.on_shutdown({"spindown", at_ms(500).wall});
    CHECK(sandbox.recorder.reports_until() == now + 100ms);
  }
  SECTION("300 ms of 2 s from its arrival when its deadline is past, far away or missing") {
    const std::optional<WallTime> deadline =
        GENERATE(as<std::optional<WallTime>>{}, at_ms(-1000).wall, at_ms(0).wall, at_ms(3'600'000).wall, std::nullopt);
    sandbox.recorder.on_shutdown({"spindown", deadline});
    CHECK(sandbox.recorder.reports_until() == now + 300ms);
    CHECK(sandbox.recorder.exit_deadline() == now + 2s);
  }
  SECTION("until it is there") {
    sandbox.recorder.on_shutdown({"spindown", at_ms(2000).wall});
    sandbox.report("a");
    CHECK(!sandbox.recorder.reports_until());
  }
  sandbox.recorder.release();
  CHECK(sandbox.ids == std::vector<std::string>{"a"});
}

TEST_CASE("the end without a SHUTDOWN hands out everything") {
  Sandbox sandbox;
  sandbox.recorder.expect_telemetry();
  for (const auto* const id : {"a", "b", "c"}) sandbox.recorder.on_invoke(invoke(id));
  CHECK(sandbox.ids.empty());
  sandbox.recorder.end();
  CHECK(sandbox.ids == std::vector<std::string>{"a", "b", "c"});
  CHECK(!sandbox.recorder.next_tick());
}

TEST_CASE("what a tick costs includes the wake-up for it, when nothing else happened in between") {
  Sandbox sandbox;
  sandbox.recorder.expect_telemetry();
  sandbox.recorder.on_invoke(invoke("a", 900'000));
  // 10 µs to sample and 30 µs to wake up: 40 µs may be spent every 40 ms.
  sandbox.instruments.gauge_cost = 10us;
  const auto until = sandbox.clock.now().steady + 60s;
  while (*sandbox.recorder.next_tick() <= until) {
    sandbox.clock.advance(*sandbox.recorder.next_tick() - sandbox.clock.now().steady);
    sandbox.instruments.cpu += 30us;
    sandbox.recorder.on_tick();
  }
  CHECK(sandbox.instruments.cpu <= 60ms);
  CHECK(sandbox.instruments.cpu >= 55ms);
}

TEST_CASE("a kill by the kernel is on the line of the invocation that went wrong or lost a process") {
  const std::string how = GENERATE("timeout", "failure", "deadline", "error status", "a process has ended");
  Sandbox sandbox;
  sandbox.recorder.expect_telemetry();
  sandbox.instruments.next.gauges.processes = 2;
  sandbox.recorder.on_invoke(invoke("a"));
  sandbox.instruments.killed = true;
  if (how == "a process has ended") {
    sandbox.instruments.next.gauges.processes = 1;
    sandbox.report("a");
  } else if (how == "error status") {
    sandbox.tell_end("report", "a", "", "error");
  } else if (how == "deadline") {
    sandbox.run(4s);
    sandbox.recorder.end();
  } else {
    sandbox.recorder.on_shutdown({how, at_ms(2000).wall});
    sandbox.recorder.release();
  }
  REQUIRE(sandbox.records.size() == 1);
  CHECK(sandbox.records[0].get(Field::out_of_memory) == Value{true});
}

TEST_CASE("the kernel's counter is read at the first INVOKE, and then for invocations that went wrong only") {
  Sandbox sandbox;
  sandbox.recorder.expect_telemetry();
  for (const auto* const id : {"a", "b", "c"}) {
    sandbox.recorder.on_invoke(invoke(id));
    sandbox.report(id);
  }
  CHECK(sandbox.instruments.kill_looks == 1);
  sandbox.recorder.on_invoke(invoke("d"));
  sandbox.instruments.killed = GENERATE(std::optional<bool>{}, std::optional{false});
  sandbox.recorder.on_shutdown({"failure", at_ms(2000).wall});
  sandbox.recorder.release();
  CHECK(sandbox.instruments.kill_looks == 2);
  CHECK(!sandbox.records.at(3).has(Field::out_of_memory));
}

TEST_CASE("reports that are posted together are all taken before a line is written, in whatever order they are") {
  Sandbox sandbox;
  sandbox.recorder.expect_telemetry();
  for (const auto* const id : {"a", "b"}) sandbox.recorder.on_invoke(invoke(id));
  lambda::TelemetryBatch batch{.events = {report("b")}, .partial = true};
  sandbox.recorder.on_telemetry(batch);
  CHECK(sandbox.ids.empty());
  batch = {.events = {report("a", "error")}};
  sandbox.recorder.on_telemetry(batch);
  REQUIRE(sandbox.ids == std::vector<std::string>{"a", "b"});
  CHECK(sandbox.records[0].has(Field::status));
}

}  // namespace vitals
