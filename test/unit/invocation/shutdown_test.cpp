// The end of a sandbox: what is still waited for, and what the last line says of it.
#include "invocation/on_demand.h"

#include <string>
#include <vector>

#include "support/catch.h"
#include "support/on_demand_sandbox.h"

namespace vitals {

using namespace std::chrono_literals;
using namespace vitals::test;

using Sandbox = OnDemandSandbox;

TEST_CASE("at SHUTDOWN the report is waited for as long as it may come") {
  Sandbox sandbox;
  sandbox.cycle.expect_telemetry();
  sandbox.cycle.on_invoke(invoke("a"));
  const auto now = sandbox.clock.now().steady;
  SECTION("300 ms") {
    sandbox.cycle.on_shutdown({"spindown", at_ms(2000).wall});
    CHECK(sandbox.cycle.reports_until() == now + 300ms);
  }
  SECTION("100 ms after a failure") {
    sandbox.cycle.on_shutdown({"failure", at_ms(2000).wall});
    CHECK(sandbox.cycle.reports_until() == now + 100ms);
  }
  SECTION("less when SHUTDOWN was read late") {
    sandbox.cycle.on_shutdown({"spindown", at_ms(700).wall});
    CHECK(sandbox.cycle.reports_until() == now + 200ms);
    CHECK(sandbox.cycle.exit_deadline() == now + 700ms);
  }
  SECTION("a little when the time seems short: the wall clock may be ahead") {
    sandbox.cycle.on_shutdown({"spindown", at_ms(500).wall});
    CHECK(sandbox.cycle.reports_until() == now + 100ms);
  }
  SECTION("300 ms of 2 s from its arrival when its deadline is past, far away or missing") {
    const std::optional<WallTime> deadline =
        GENERATE(as<std::optional<WallTime>>{}, at_ms(-1000).wall, at_ms(0).wall, at_ms(3'600'000).wall, std::nullopt);
    sandbox.cycle.on_shutdown({"spindown", deadline});
    CHECK(sandbox.cycle.reports_until() == now + 300ms);
    CHECK(sandbox.cycle.exit_deadline() == now + 2s);
  }
  SECTION("until it is there") {
    sandbox.cycle.on_shutdown({"spindown", at_ms(2000).wall});
    sandbox.report("a");
    CHECK(!sandbox.cycle.reports_until());
  }
  sandbox.cycle.release();
  CHECK(sandbox.ids == std::vector<std::string>{"a"});
}

TEST_CASE("the end without a SHUTDOWN hands out everything") {
  Sandbox sandbox;
  sandbox.cycle.expect_telemetry();
  for (const auto* const id : {"a", "b", "c"}) sandbox.cycle.on_invoke(invoke(id));
  CHECK(sandbox.ids.empty());
  sandbox.cycle.end();
  CHECK(sandbox.ids == std::vector<std::string>{"a", "b", "c"});
  CHECK(!sandbox.cycle.next_tick());
}

TEST_CASE("a kill by the kernel is on the line of the invocation in which a process came or went") {
  const std::string end = GENERATE("timeout", "failure", "deadline", "error status", "success", "the next INVOKE");
  Sandbox sandbox;
  sandbox.cycle.expect_telemetry();
  sandbox.cycle.on_invoke(invoke("a"));
  sandbox.done("a");
  sandbox.cycle.on_invoke(invoke("b"));
  sandbox.instruments.killed = true;
  ++*sandbox.instruments.next.gauges.process_changes;
  if (end == "success" || end == "error status") {
    sandbox.tell_end("runtimeDone", "b", "", end == "success" ? "success" : "error");
  } else if (end == "deadline") {
    sandbox.run(4s);
  } else if (end == "the next INVOKE") {
    sandbox.cycle.on_invoke(invoke("c", 60'000));
    ++*sandbox.instruments.next.gauges.process_changes;
    sandbox.done("c");
  } else {
    sandbox.cycle.on_shutdown({end, at_ms(2000).wall});
  }
  sandbox.cycle.release();
  REQUIRE(sandbox.records.size() == (end == "the next INVOKE" ? 3 : 2));
  for (std::size_t i = 0; i < sandbox.records.size(); ++i)
    CHECK(sandbox.records[i].has(Field::out_of_memory) == (i == 1));
}

TEST_CASE(
    "the kernel's counter is read at the first INVOKE, and then where a process came or went, or that is not known") {
  Sandbox sandbox;
  sandbox.cycle.expect_telemetry();
  for (const auto* const id : {"a", "b", "c"}) {
    sandbox.cycle.on_invoke(invoke(id));
    sandbox.report(id);
  }
  CHECK(sandbox.instruments.kill_looks == 1);
  sandbox.cycle.on_invoke(invoke("d"));
  sandbox.instruments.next.gauges.process_changes =
      GENERATE(std::optional<std::uint64_t>{}, std::optional<std::uint64_t>{2});
  sandbox.instruments.killed = GENERATE(std::optional<bool>{}, std::optional{false});
  sandbox.cycle.on_shutdown({"failure", at_ms(2000).wall});
  sandbox.cycle.release();
  CHECK(sandbox.instruments.kill_looks == 2);
  CHECK(!sandbox.records.at(3).has(Field::out_of_memory));
}

}  // namespace vitals
