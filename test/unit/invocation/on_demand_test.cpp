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
  sandbox.cycle.expect_telemetry();
  sandbox.cycle.on_invoke(invoke("a"));
  sandbox.run(5ms);
  sandbox.done("a");
  CHECK(sandbox.ids.empty());
  CHECK(!sandbox.cycle.next_tick());
  sandbox.report("a");
  CHECK(sandbox.ids == std::vector<std::string>{"a"});
}

TEST_CASE("with telemetry a window begins where the last one ended, and no counter is read again for it") {
  Sandbox sandbox;
  sandbox.cycle.expect_telemetry();
  use(sandbox, 5ms);
  sandbox.cycle.on_invoke(invoke("a"));
  use(sandbox, 3ms);
  sandbox.done("a");
  // The sandbox is frozen, and the look at "b" comes late: its function has used 4 ms by then.
  sandbox.clock.advance(1h);
  use(sandbox, 4ms);
  sandbox.instruments.next.gauges.threads = 9;
  sandbox.instruments.cpu += 2ms;
  const int samples = sandbox.instruments.samples;
  sandbox.cycle.on_invoke(invoke("b"));
  CHECK(sandbox.instruments.samples == samples);
  CHECK(sandbox.cycle.next_tick() > sandbox.clock.now().steady);
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
  sandbox.cycle.expect_telemetry();
  sandbox.cycle.on_invoke(invoke("a"));
  sandbox.done("a");
  sandbox.done("b");
  use(sandbox, 4ms);
  sandbox.cycle.on_invoke(invoke("b"));
  sandbox.report("b");
  CHECK(sandbox.ids == std::vector<std::string>{"a", "b"});
  CHECK(cpu_of(sandbox, 1) == Value{std::int64_t{4000}});
}

TEST_CASE("a window that the next INVOKE closes ends where that one's begins") {
  Sandbox sandbox;
  sandbox.cycle.expect_telemetry();
  for (const auto* const id : {"a", "b", "c"}) {
    sandbox.cycle.on_invoke(invoke(id));
    use(sandbox, 2ms);
  }
  sandbox.cycle.end();
  for (std::size_t record : {0U, 1U, 2U}) CHECK(cpu_of(sandbox, record) == Value{std::int64_t{2000}});
}

TEST_CASE("without telemetry, too, a window begins where the one before it ended") {
  Sandbox sandbox;
  sandbox.cycle.on_invoke(invoke("a"));
  use(sandbox, 3ms);
  sandbox.instruments.end = sandbox.clock.now().steady;
  sandbox.run(200ms);
  use(sandbox, 4ms);
  sandbox.cycle.on_invoke(invoke("b", 3207));
  use(sandbox, 1ms);
  sandbox.cycle.end();
  CHECK(cpu_of(sandbox, 0) == Value{std::int64_t{3000}});
  CHECK(cpu_of(sandbox, 1) == Value{std::int64_t{5000}});
}

TEST_CASE("there is nothing to wait for while no window is open") {
  Sandbox sandbox;
  CHECK(!sandbox.cycle.next_tick());
  sandbox.cycle.on_invoke(invoke("a"));
  CHECK(sandbox.cycle.next_tick());
  sandbox.instruments.end = sandbox.clock.now().steady;
  sandbox.run(200ms);
  CHECK(!sandbox.cycle.next_tick());
  CHECK(sandbox.ids == std::vector<std::string>{"a"});
}

TEST_CASE("without telemetry the connections are polled when that is due, however rarely the gauges are sampled") {
  Settings settings;
  settings.sample_interval = 10s;
  Sandbox sandbox{settings};
  sandbox.cycle.on_invoke(invoke("a", 60'000));
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
  sandbox.cycle.on_invoke(invoke("a"));
  sandbox.run(1s);
  CHECK(sandbox.instruments.connection_looks == 10);
}

TEST_CASE("what looks at the connections cost does not make the looks at the gauges rare") {
  Sandbox sandbox;
  sandbox.cycle.on_invoke(invoke("a", 60'000));
  sandbox.instruments.look_cost = 100us;
  sandbox.run(30s);
  CHECK(sandbox.instruments.gauge_looks > 1000);
}

TEST_CASE("with telemetry the connections are not looked at") {
  Sandbox sandbox;
  sandbox.cycle.expect_telemetry();
  sandbox.cycle.on_invoke(invoke("a"));
  sandbox.run(1s);
  CHECK(sandbox.instruments.connection_looks == 0);
  CHECK(sandbox.instruments.gauge_looks > 20);
}

TEST_CASE("what a tick costs includes the wake-up for it, when nothing else happened in between") {
  Sandbox sandbox;
  sandbox.cycle.expect_telemetry();
  sandbox.cycle.on_invoke(invoke("a", 900'000));
  // 10 µs to sample and 30 µs to wake up: 40 µs may be spent every 40 ms.
  sandbox.instruments.gauge_cost = 10us;
  const auto until = sandbox.clock.now().steady + 60s;
  while (*sandbox.cycle.next_tick() <= until) {
    sandbox.clock.advance(*sandbox.cycle.next_tick() - sandbox.clock.now().steady);
    sandbox.instruments.cpu += 30us;
    sandbox.cycle.on_tick();
  }
  CHECK(sandbox.instruments.cpu <= 60ms);
  CHECK(sandbox.instruments.cpu >= 55ms);
}

TEST_CASE("reports that are posted together are all taken before a line is written, in whatever order they are") {
  Sandbox sandbox;
  sandbox.cycle.expect_telemetry();
  for (const auto* const id : {"a", "b"}) sandbox.cycle.on_invoke(invoke(id));
  lambda::TelemetryBatch batch{.events = {report("b")}, .partial = true};
  sandbox.cycle.on_telemetry(batch);
  CHECK(sandbox.ids.empty());
  batch = {.events = {report("a", "error")}};
  sandbox.cycle.on_telemetry(batch);
  REQUIRE(sandbox.ids == std::vector<std::string>{"a", "b"});
  CHECK(sandbox.records[0].has(Field::status));
}

}  // namespace vitals
