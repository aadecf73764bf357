// Sync mode: for how long event/next is held back.
#include "invocation/on_demand.h"

#include <string>
#include <vector>

#include "support/catch.h"
#include "support/on_demand_sandbox.h"

namespace vitals {

using namespace std::chrono_literals;
using namespace vitals::test;

using Sandbox = OnDemandSandbox;

namespace {

Settings sync_mode() {
  Settings settings;
  settings.emit = Emit::sync;
  return settings;
}

}  // namespace

TEST_CASE("sync: when the runtime polls again, runtimeDone is waited for a moment and no longer") {
  Sandbox sandbox{sync_mode()};
  sandbox.cycle.expect_telemetry();
  sandbox.cycle.on_invoke(invoke("a", 60'000));
  sandbox.run(90ms);
  const auto polled = sandbox.clock.now().steady;
  sandbox.instruments.end = polled;
  sandbox.run(30ms);
  CHECK(sandbox.cycle.hold_until());
  CHECK(sandbox.ids.empty());
  SECTION("it comes") {
    sandbox.done("a");
    CHECK(!sandbox.cycle.hold_until());
    CHECK(sandbox.records.at(0).get(Field::status) == Value{std::string_view{"success"}});
  }
  SECTION("it is lost: the line is out with what is known, and the next one is not waited for until it comes again") {
    sandbox.run(30ms);
    CHECK(!sandbox.cycle.hold_until());
    REQUIRE(sandbox.ids == std::vector<std::string>{"a"});
    CHECK(sandbox.records.at(0).get(Field::duration) == Value{std::int64_t{90'000}});
    sandbox.cycle.on_invoke(invoke("b", 60'000));
    CHECK(!sandbox.cycle.hold_until());
    sandbox.done("b");
    sandbox.cycle.on_invoke(invoke("c", 60'000));
    CHECK(sandbox.cycle.hold_until());
  }
  SECTION("the sandbox ends meanwhile") {
    sandbox.cycle.end();
    CHECK(sandbox.records.at(0).get(Field::duration) == Value{std::int64_t{90'000}});
  }
}

TEST_CASE("sync: an end that is seen late holds event/next only for what has been delivered meanwhile") {
  Sandbox sandbox{sync_mode()};
  sandbox.cycle.expect_telemetry();
  sandbox.cycle.on_invoke(invoke("a", 60'000));
  sandbox.instruments.end = sandbox.clock.now().steady + 10ms;
  sandbox.run(106ms);
  CHECK(sandbox.ids == std::vector<std::string>{"a"});
}

TEST_CASE("sync does not hold event/next for telemetry that has failed, until it comes again") {
  Sandbox sandbox{sync_mode()};
  sandbox.cycle.expect_telemetry();
  sandbox.cycle.on_invoke(invoke("a"));
  CHECK(sandbox.cycle.hold_until());
  sandbox.cycle.on_invoke(invoke("b"));
  CHECK(!sandbox.cycle.hold_until());
  sandbox.cycle.on_invoke(invoke("c"));
  CHECK(!sandbox.cycle.hold_until());
  sandbox.cycle.on_invoke(invoke("d"));
  sandbox.done("c");
  sandbox.cycle.on_invoke(invoke("e"));
  CHECK(sandbox.cycle.hold_until());
}

TEST_CASE("sync holds event/next until the window closes, and looks at the deadline every second") {
  Sandbox sandbox{sync_mode()};
  sandbox.cycle.expect_telemetry();
  sandbox.cycle.on_invoke(invoke("a"));
  CHECK(sandbox.cycle.hold_until() == sandbox.clock.now().steady + 1s);
  sandbox.clock.advance(2500ms);
  CHECK(sandbox.cycle.hold_until() == sandbox.clock.now().steady + 400ms);
  SECTION("until its end") {
    sandbox.done("a");
    CHECK(!sandbox.cycle.hold_until());
    CHECK(sandbox.ids == std::vector<std::string>{"a"});
  }
  SECTION("and not past the deadline") {
    sandbox.clock.advance(400ms);
    CHECK(!sandbox.cycle.hold_until());
  }
  SECTION("nor when the function's processes have exited") {
    sandbox.instruments.next.gauges.processes = 0;
    sandbox.cycle.on_tick();
    CHECK(!sandbox.cycle.hold_until());
  }
  SECTION("nor when the runtime has exited, though children of it live on") {
    sandbox.instruments.runtime_gone = true;
    sandbox.cycle.on_tick();
    CHECK(!sandbox.cycle.hold_until());
    CHECK(sandbox.ids.empty());  // SHUTDOWN is next, and says why
  }
}

TEST_CASE("nothing is held back in async mode, or without telemetry, or without a deadline") {
  Sandbox async;
  async.cycle.expect_telemetry();
  async.cycle.on_invoke(invoke("a"));
  CHECK(!async.cycle.hold_until());
  Sandbox untold{sync_mode()};
  untold.cycle.on_invoke(invoke("a"));
  CHECK(!untold.cycle.hold_until());
  Sandbox endless{sync_mode()};
  endless.cycle.expect_telemetry();
  auto event = invoke("a");
  event.deadline.reset();
  endless.cycle.on_invoke(event);
  CHECK(!endless.cycle.hold_until());
}

}  // namespace vitals
