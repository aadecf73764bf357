// How long a line waits for a report that does not come, and that none is given up while it may still come.
#include <string>
#include <vector>

#include "invocation/windows.h"
#include "support/catch.h"
#include "support/on_demand_sandbox.h"

namespace vitals {

using namespace std::chrono_literals;
using namespace vitals::test;

namespace {

class Sandbox : public OnDemandSandbox {
 public:
  Sandbox() { cycle.expect_telemetry(); }

  void invoke(int id, std::chrono::milliseconds timeout = 900s) {
    auto event = test::invoke(std::to_string(id));
    event.deadline = clock.now().wall + timeout;
    cycle.on_invoke(event);
  }
  // Nothing runs, and the steady clock advances all the same. The timer may be the first to fire then, or not.
  bool timer_first = true;
  void freeze(std::chrono::nanoseconds time) {
    clock.advance(time);
    if (!timer_first) return;
    if (const auto next = cycle.next_tick(); next && *next <= clock.now().steady) cycle.on_tick();
  }
  [[nodiscard]] int without_report() const {
    int count = 0;
    for (const auto& record : records) count += record.has(Field::duration) ? 0 : 1;
    return count;
  }
};

}  // namespace

TEST_CASE("when telemetry stops permanently, lines come a few invocations late and no more") {
  const auto between = GENERATE(2s, 60s, 3600s);
  const auto runs = GENERATE(100us, 3000us);  // only the second of them has a tick
  Sandbox sandbox;
  sandbox.timer_first = GENERATE(true, false);
  for (int id = 1; id <= 50; ++id) {
    sandbox.invoke(id);
    CHECK(sandbox.ids.size() + 5 >= static_cast<std::size_t>(id));
    sandbox.run(runs);
    sandbox.freeze(between);
  }
}

TEST_CASE("when telemetry stops permanently in a busy sandbox, lines come seconds late and no more") {
  Sandbox sandbox;
  for (int id = 1; id <= 500; ++id) {
    sandbox.invoke(id);
    sandbox.run(200ms);
    CHECK(sandbox.ids.size() + 50 >= static_cast<std::size_t>(id));
  }
}

TEST_CASE("a line whose report is lost comes in the middle of the invocation that follows, when that takes long") {
  Sandbox sandbox;
  sandbox.invoke(1);
  sandbox.run(3ms);
  sandbox.freeze(60s);
  sandbox.invoke(2);
  sandbox.run(4s);
  CHECK(sandbox.ids.empty());
  sandbox.run(5s);
  CHECK(sandbox.ids == std::vector<std::string>{"1"});
}

TEST_CASE("a freeze of any length gives up no report that comes with the thaw, or with the one after it") {
  const auto frozen = GENERATE(10ms, 1s, 2s, 60s, 3600s);
  const int late = GENERATE(1, 2);              // invocations
  const bool reported = GENERATE(false, true);  // runtimeDone in time, so that the window is closed over the freeze
  Sandbox sandbox;
  sandbox.timer_first = GENERATE(true, false);
  for (int id = 1; id <= 50; ++id) {
    sandbox.invoke(id);
    sandbox.run(3ms);
    if (id > late) sandbox.report(std::to_string(id - late));
    if (reported) sandbox.done(std::to_string(id));
    sandbox.freeze(frozen);
  }
  sandbox.cycle.end();
  REQUIRE(sandbox.records.size() == 50);
  CHECK(sandbox.without_report() == late);  // the newest, whose reports have had no time
}

TEST_CASE("a burst of quick invocations, a freeze in the middle of it: all reports come, and none is given up") {
  Sandbox sandbox;
  int id = 0;
  int reported = 0;
  for (int burst = 0; burst < 10; ++burst) {
    for (int i = 0; i < 20; ++i) {
      sandbox.invoke(++id);
      sandbox.run(1ms);
      // The platform keeps them for 25 ms of the time in which the sandbox runs.
      if (id > 25) sandbox.report(std::to_string(++reported));
    }
    sandbox.freeze(1h);
  }
  CHECK(sandbox.ids.size() == static_cast<std::size_t>(reported));
  CHECK(sandbox.without_report() == 0);
}

TEST_CASE("nothing wakes up for a report that is waited for") {
  Sandbox sandbox;
  sandbox.invoke(1);
  sandbox.run(3ms);
  sandbox.done("1");
  CHECK(!sandbox.cycle.next_tick());
}

}  // namespace vitals
