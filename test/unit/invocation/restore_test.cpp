#include "invocation/restore.h"

#include "sampling/lifetime.h"
#include "support/catch.h"
#include "support/on_demand_sandbox.h"
#include "support/temporary_directory.h"

namespace vitals {

using namespace std::chrono_literals;
using namespace vitals::test;

namespace {

Lifetime some_lifetime() {
  return {.started = 77, .own_cpu = 3ms, .steady = SteadyTime{100s}, .since_boot = 250s};
}

Settings settings_of(const char* initialization_type) {
  Settings settings;
  settings.function.initialization_type = initialization_type;
  return settings;
}

// A sandbox whose init is over: the process waits for its first event.
struct WaitingSandbox : OnDemandSandbox {
  explicit WaitingSandbox(const char* initialization_type) : OnDemandSandbox(settings_of(initialization_type)) {
    on_demand.on_first_request(clock.now());
    instruments.next.function->cpu.user = 80ms;  // what the init used
  }
  // The function uses 5 ms, and this extension 1 ms. There is no telemetry: the line comes with the next INVOKE.
  void invoke_at_once(const std::string& id) {
    cycle.before_request();
    auto event = invoke(id);
    event.deadline = clock.now().wall + 3s;
    cycle.on_invoke(event);
    instruments.next.function->cpu.user += 5ms;
    instruments.next.agent_cpu = instruments.cpu += 1ms;
    clock.advance(10ms);
  }
  void tell_restore() { tell(R"([{"time":"2023-11-14T22:13:20.000Z","type":"platform.restoreStart","record":{}}])"); }
  [[nodiscard]] Value value(std::size_t record, Field field) const { return records.at(record).get(field); }
};

const Value yes{true};
const Value no{false};

}  // namespace

TEST_CASE("a restore shows in what never changes while a process lives") {
  const Lifetime before = some_lifetime();
  Lifetime now = before;
  now.own_cpu += 1ms;
  now.steady += 2h;
  *now.since_boot += 2h + 900ms;
  CHECK(find_restore(before, now, false) == RestoreWitness::none);
  SECTION("the process was started again") {
    now.started = 78;
    CHECK(find_restore(before, now, true) == RestoreWitness::process_started_again);
    now.started.reset();
    CHECK(find_restore(before, now, true) == RestoreWitness::none);
  }
  SECTION("its CPU clock went back") {
    now.own_cpu = 2ms;
    CHECK(find_restore(before, now, true) == RestoreWitness::clock_went_back);
  }
  SECTION("the steady clock went back") {
    now.steady = before.steady - 1ns;
    CHECK(find_restore(before, now, true) == RestoreWitness::clock_went_back);
  }
  SECTION("the time since boot went on by itself, which the sleep of a machine does, too") {
    *now.since_boot += 1h;
    CHECK(find_restore(before, now, false) == RestoreWitness::boot_time_jumped);
    CHECK(find_restore(before, now, true) == RestoreWitness::none);
  }
  SECTION("the time since boot is another machine's") {
    *now.since_boot = 1h;
    CHECK(find_restore(before, now, true) == RestoreWitness::boot_time_jumped);
    now.since_boot.reset();
    CHECK(find_restore(before, now, true) == RestoreWitness::none);
  }
}

TEST_CASE("the lifetime of this process shows no restore") {
  const Lifetime before = read_lifetime();
  REQUIRE(before.started);
  REQUIRE(before.since_boot);
  CHECK(find_restore(before, read_lifetime(), false) == RestoreWitness::none);
  CHECK_FALSE(read_clocks().started);
  TemporaryDirectory empty;
  CHECK_FALSE(read_lifetime(empty.path()).started);
}

TEST_CASE("a sandbox has no id before its first INVOKE, as all that are restored would have it") {
  WaitingSandbox sandbox{"snap-start"};
  sandbox.tell_restore();
  CHECK(sandbox.instruments.ids == 0);
  sandbox.invoke_at_once("a");
  sandbox.tell_restore();  // which telemetry may report only after the INVOKE that follows it
  sandbox.invoke_at_once("b");
  sandbox.cycle.end();
  CHECK(sandbox.sandbox_ids == std::vector<std::string>(2, "sandbox-1"));
}

TEST_CASE("the init of a snapshot is not a part of what the first invocation used") {
  const std::string type = GENERATE("snap-start", "on-demand", "");
  WaitingSandbox sandbox{type.c_str()};
  const bool seen = GENERATE(true, false);
  if (seen) sandbox.instruments.slept = 5h;
  sandbox.tell(
      R"([{"time":"2023-11-14T20:00:00.000Z","type":"platform.initReport","record":{"metrics":{"durationMs":90}}}])");
  sandbox.invoke_at_once("a");
  sandbox.cycle.end();
  const bool restored = seen || type == "snap-start";
  CHECK(sandbox.records.at(0).has(Field::init_cpu_time) != restored);
  CHECK(sandbox.records.at(0).has(Field::init_duration) != restored);
  CHECK(sandbox.value(0, Field::cpu_total_time) == Value{std::int64_t{5000}});
  CHECK(sandbox.value(0, Field::cold_start) == yes);
}

TEST_CASE("a sandbox with provisioned concurrency is never cold, and its first line has its init, hours later") {
  WaitingSandbox sandbox{"provisioned-concurrency"};
  sandbox.tell(
      R"([{"time":"2023-11-14T20:00:00.000Z","type":"platform.initReport","record":{"metrics":{"durationMs":90}}}])");
  sandbox.clock.advance(7h);
  sandbox.instruments.slept = 5h;
  sandbox.invoke_at_once("a");
  sandbox.invoke_at_once("b");
  sandbox.cycle.end();
  REQUIRE(sandbox.ids.size() == 2);
  CHECK(sandbox.value(0, Field::init_duration) == Value{std::int64_t{90'000}});
  CHECK(sandbox.value(0, Field::init_cpu_time) == Value{std::int64_t{80'000}});
  CHECK(sandbox.value(0, Field::cold_start) == no);
  CHECK(sandbox.value(1, Field::cold_start) == no);
  CHECK_FALSE(sandbox.records[1].has(Field::init_duration));
}

TEST_CASE("a restore between two invocations starts everything again, and no window goes across it") {
  WaitingSandbox sandbox{"snap-start"};
  sandbox.invoke_at_once("a");
  sandbox.invoke_at_once("b");  // is open in the snapshot
  const bool process_is_new = GENERATE(true, false);
  if (process_is_new) {
    sandbox.instruments.next.agent_cpu = sandbox.instruments.cpu = 500us;
  } else {
    sandbox.instruments.slept = -3h;
  }
  sandbox.instruments.next.function->cpu.user += 1h;  // what other sandboxes used, for all that is known
  sandbox.clock.advance(1h);
  sandbox.invoke_at_once("c");
  sandbox.cycle.end();
  CHECK(sandbox.instruments.restarts == 1);
  REQUIRE(sandbox.ids == std::vector<std::string>{"a", "b", "c"});
  CHECK(sandbox.sandbox_ids == std::vector<std::string>{"sandbox-1", "sandbox-1", "sandbox-2"});
  CHECK_FALSE(sandbox.records[1].has(Field::cpu_total_time));
  CHECK(sandbox.value(2, Field::cpu_total_time) == Value{std::int64_t{5000}});
  CHECK(sandbox.value(2, Field::invocation) == Value{std::int64_t{1}});
  CHECK(sandbox.value(2, Field::cold_start) == yes);
  CHECK_FALSE(sandbox.records[2].has(Field::init_cpu_time));
}

TEST_CASE("a machine that slept between two invocations was not restored") {
  WaitingSandbox sandbox{"on-demand"};
  sandbox.invoke_at_once("a");
  sandbox.instruments.slept = 8h;
  sandbox.invoke_at_once("b");
  sandbox.cycle.end();
  CHECK(sandbox.sandbox_ids == std::vector<std::string>(2, "sandbox-1"));
  CHECK(sandbox.value(1, Field::cold_start) == no);
}

TEST_CASE("telemetry of the snapshot's init, which comes again after the restore, changes nothing") {
  WaitingSandbox sandbox{"snap-start"};
  sandbox.cycle.expect_telemetry();
  sandbox.invoke_at_once("a");
  sandbox.tell(R"([
    {"time":"2023-11-14T22:13:20.009Z","type":"platform.initStart","record":{"initializationType":"on-demand"}},
    {"time":"2023-11-14T22:13:20.009Z","type":"platform.telemetrySubscription","record":{"name":"lambda-vitals"}},
    {"time":"2023-11-14T22:13:20.009Z","type":"platform.initReport","record":{"metrics":{"durationMs":90}}},
    {"time":"2023-11-14T22:13:20.000Z","type":"platform.restoreReport","record":{"metrics":{"durationMs":120.5}}},
    {"time":"2023-11-14T22:13:20.001Z","type":"platform.start","record":{"requestId":"a"}}])");
  sandbox.done("a");
  sandbox.report("a");
  REQUIRE(sandbox.ids.size() == 1);
  CHECK_FALSE(sandbox.records[0].has(Field::init_duration));
  CHECK(sandbox.value(0, Field::restore_duration) == Value{std::int64_t{120'500}});
  CHECK(sandbox.value(0, Field::duration) == Value{std::int64_t{10'500}});
}

TEST_CASE(
    "the wall clock of the snapshot is not taken as valid: neither the start of an invocation nor the timeout is from "
    "it") {
  WaitingSandbox sandbox{"snap-start"};
  const auto snapshot = sandbox.clock.now().wall;
  const auto begin = [&](const std::string& id, std::chrono::seconds away) {
    sandbox.cycle.before_request();
    auto event = invoke(id);
    event.deadline = snapshot + away + 3s;
    sandbox.cycle.on_invoke(event);
    sandbox.clock.advance(10ms);
    sandbox.instruments.end = sandbox.clock.now().steady;
  };
  SECTION("hours later") {
    begin("a", 5h);
    sandbox.cycle.end();
    CHECK(sandbox.records.at(0).timestamp_ms == epoch_ms(snapshot + 5h + 3s));
  }
  SECTION("two minutes later, and set right meanwhile") {
    begin("a", 2min);
    sandbox.clock.advance(5min);
    sandbox.clock.set_wall(snapshot + 7min);
    begin("b", 7min);
    sandbox.cycle.end();
    REQUIRE(sandbox.ids.size() == 2);
    CHECK(sandbox.value(1, Field::duration) == Value{std::int64_t{10'000}});
  }
}

}  // namespace vitals
