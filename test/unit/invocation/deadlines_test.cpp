// Deadlines: when a window closes that nothing else closes, also with a wall clock that is wrong.
#include "invocation/on_demand.h"

#include <string>
#include <vector>

#include "support/catch.h"
#include "support/on_demand_sandbox.h"

namespace vitals {

using namespace std::chrono_literals;
using namespace vitals::test;

using Sandbox = OnDemandSandbox;

TEST_CASE("the deadline closes a window whose end nothing reports") {
  Sandbox sandbox;
  sandbox.cycle.on_invoke(invoke("a", 1000));
  sandbox.run(1249ms);
  CHECK(sandbox.ids.empty());
  sandbox.run(1ms);
  CHECK(sandbox.ids == std::vector<std::string>{"a"});
}

TEST_CASE("a wall clock that is set right after a thaw does not close a window, and its deadline is computed again") {
  Sandbox sandbox;
  sandbox.clock.set_wall(at_ms(-3'600'000).wall);  // an hour behind
  sandbox.cycle.on_invoke(invoke("a", 1000));
  sandbox.run(100ms);
  sandbox.clock.set_wall(at_ms(100).wall);
  sandbox.run(1000ms);
  CHECK(sandbox.ids.empty());
  sandbox.run(150ms);
  CHECK(sandbox.ids == std::vector<std::string>{"a"});
}

TEST_CASE("an end that was observed before a freeze that lasts past the deadline is the end") {
  Sandbox sandbox;
  sandbox.cycle.on_invoke(invoke("a", 3'000));
  sandbox.run(50ms);
  sandbox.clock.advance(10s);
  sandbox.instruments.end = sandbox.clock.now().steady - 9'990ms;
  sandbox.cycle.on_tick();
  REQUIRE(sandbox.ids == std::vector<std::string>{"a"});
  CHECK(sandbox.records.at(0).get(Field::duration) == Value{std::int64_t{60'000}});
}

TEST_CASE("a wall clock that is ahead when INVOKE comes closes no window, and counts again when it is set right") {
  Sandbox sandbox;
  sandbox.clock.set_wall(sandbox.clock.now().wall + 1h);
  sandbox.cycle.on_invoke(invoke("a", 3'000));
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
  sandbox.cycle.on_invoke(invoke("a", 3'000));
  sandbox.run(4s);
  CHECK(sandbox.ids.empty());
  sandbox.clock.set_wall(sandbox.clock.now().wall + 1h);
  sandbox.run(15s);
  CHECK(sandbox.ids == std::vector<std::string>{"a"});
}

TEST_CASE("the steady clock may jump by a day in the middle of an invocation") {
  Sandbox sandbox;
  sandbox.cycle.on_invoke(invoke("a", 3'000));
  sandbox.run(10ms);
  sandbox.clock.advance(24h);
  sandbox.cycle.on_tick();
  sandbox.cycle.on_invoke(invoke("b", 3'000));
  sandbox.cycle.end();
  CHECK(sandbox.ids == std::vector<std::string>{"a", "b"});
}

}  // namespace vitals
