#include "invocation/managed.h"

#include <string>
#include <vector>

#include "support/catch.h"
#include "support/clocked_life_cycle.h"
#include "support/history.h"

namespace vitals {

using namespace std::chrono_literals;
using namespace vitals::test;

namespace {

constexpr std::uint64_t mb = 1 << 20;

// A value of a record, owned.
struct Line {
  explicit Line(const InvocationRecord& record) : timestamp_ms(record.timestamp_ms) {
    for (const FieldInfo& row : catalogue) {
      const Value& value = record.get(row.field);
      if (const auto* text = std::get_if<std::string_view>(&value)) texts.emplace_back(row.field, *text);
      if (const auto* number = std::get_if<std::int64_t>(&value)) numbers.emplace_back(row.field, *number);
      if (const auto* flag = std::get_if<bool>(&value)) numbers.emplace_back(row.field, *flag ? 1 : 0);
    }
  }
  [[nodiscard]] std::string text(Field field) const {
    for (const auto& [other, value] : texts) {
      if (other == field) return value;
    }
    return {};
  }
  [[nodiscard]] std::optional<std::int64_t> number(Field field) const {
    for (const auto& [other, value] : numbers) {
      if (other == field) return value;
    }
    return std::nullopt;
  }

  std::int64_t timestamp_ms;
  std::vector<std::pair<Field, std::string>> texts;
  std::vector<std::pair<Field, std::int64_t>> numbers;
};

struct Environment {
  FakeClock clock;
  FakeInstruments instruments{clock};
  std::vector<Line> invocations;
  std::vector<Line> lines;  // of the environment
  CallingSink sink{[this](const InvocationRecord& record) {
    (record.has(Field::request_id) ? invocations : lines).emplace_back(record);
  }};
  Managed managed;
  ClockedLifeCycle cycle{managed, clock};

  Environment() : managed(settings(), sandbox(), instruments, sink, 4096 * mb) {
    instruments.next.function = Totals{};
    instruments.next.gauges.processes = 1;
    instruments.next.gauges.resident_bytes = 100 * mb;
    cycle.expect_telemetry();
    managed.on_first_request(clock.now());
  }
  static Settings settings() {
    Settings settings;
    settings.managed = true;
    return settings;
  }
  static SandboxState sandbox() {
    SandboxState state;
    state.function.name = "sample";
    state.vcpus = 2;
    return state;
  }

  [[nodiscard]] lambda::TelemetryEvent event(lambda::TelemetryType type, const std::string& id) const {
    auto event = telemetry(type, id);
    event.time = clock.now().wall;
    return event;
  }
  void tell(const lambda::TelemetryEvent& event) { cycle.on_telemetry({.events = {event}}); }
  lambda::TelemetryEvent start(const std::string& id) {
    auto started = event(lambda::TelemetryType::start, id);
    tell(started);
    return started;
  }
  [[nodiscard]] lambda::TelemetryEvent report_of(const std::string& id, const std::string& status = "success",
                                                 std::chrono::nanoseconds duration = 20ms) const {
    auto ended = event(lambda::TelemetryType::report, id);
    ended.status = status;
    ended.duration = duration;
    return ended;
  }
  lambda::TelemetryEvent report(const std::string& id, const std::string& status = "success",
                                std::chrono::nanoseconds duration = 20ms) {
    const auto ended = report_of(id, status, duration);
    tell(ended);
    return ended;
  }
  void run(std::chrono::nanoseconds time) {
    const SteadyTime until = clock.now().steady + time;
    for (auto next = cycle.next_tick(); next && *next <= until; next = cycle.next_tick()) {
      if (*next > clock.now().steady) clock.advance(*next - clock.now().steady);
      cycle.on_tick();
    }
    clock.advance(until - clock.now().steady);
  }
  void shut_down(const std::string& reason = "spindown") {
    cycle.on_shutdown({reason, clock.now().wall + 2s});
    while (const auto until = cycle.reports_until()) clock.advance(*until - clock.now().steady);
    cycle.release();
  }
  [[nodiscard]] std::vector<std::string> ids() const {
    std::vector<std::string> ids;
    for (const Line& line : invocations) ids.push_back(line.text(Field::request_id));
    return ids;
  }
};

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("managed: each invocation has its line when its report is here", "[managed]") {
  Environment environment;
  auto started = environment.event(lambda::TelemetryType::start, "a");
  started.trace_id = "1-root";
  started.version = "live";
  started.tenant_id = "blue";
  environment.tell(started);
  environment.start("b");
  CHECK(environment.invocations.empty());
  environment.clock.advance(20ms);
  auto ended = environment.report_of("b", "timeout", 20ms);
  ended.error_type = "Sandbox.Timedout";
  ended.response_latency = 3ms;
  ended.tenant_id = "green";
  environment.tell(ended);
  environment.report("a", "success", 21ms);
  REQUIRE(environment.ids() == Ids{"b", "a"});
  const Line& b = environment.invocations[0];
  CHECK(b.text(Field::status) == "timeout");
  CHECK(b.text(Field::error_type) == "Sandbox.Timedout");
  CHECK(b.number(Field::timeout) == 1);
  CHECK(b.number(Field::duration) == 20'000);
  CHECK(b.number(Field::response_latency) == 3'000);
  CHECK(b.number(Field::concurrency) == 2);
  const Line& a = environment.invocations[1];
  CHECK(a.text(Field::trace_id) == "1-root");
  CHECK(a.text(Field::version) == "live");
  CHECK(a.text(Field::tenant_id) == "blue");
  CHECK(b.text(Field::tenant_id) == "green");
  CHECK(a.number(Field::concurrency) == 1);
  CHECK(a.number(Field::invocation) == 1);
  CHECK(a.timestamp_ms == epoch_ms(*started.time));
  CHECK_FALSE(a.number(Field::timeout));
  CHECK_FALSE(a.number(Field::cpu_total_time));
}

TEST_CASE("managed: telemetry in another order gives the same lines and the same concurrency", "[managed]") {
  Environment environment;
  const auto first = environment.event(lambda::TelemetryType::start, "a");
  environment.clock.advance(5ms);
  const auto second = environment.event(lambda::TelemetryType::start, "b");
  environment.clock.advance(5ms);
  const auto ended = environment.report_of("a", "success", 10ms);
  environment.clock.advance(5ms);
  environment.tell(ended);   // before its start
  environment.tell(second);  // before the one that was earlier
  CHECK(environment.invocations.empty());
  environment.tell(first);
  REQUIRE(environment.ids() == Ids{"a"});
  CHECK(environment.invocations[0].number(Field::concurrency) == 1);
  environment.report("b");
  CHECK(environment.invocations[1].number(Field::concurrency) == 2);
}

TEST_CASE("managed: a report whose start is lost has its line after a second, without what the start has",
          "[managed]") {
  Environment environment;
  environment.report("a", "success", 30ms);
  environment.run(900ms);
  CHECK(environment.invocations.empty());
  environment.run(200ms);
  REQUIRE(environment.ids() == Ids{"a"});
  CHECK(environment.invocations[0].number(Field::duration) == 30'000);
  CHECK_FALSE(environment.invocations[0].number(Field::concurrency));
  CHECK(environment.invocations[0].timestamp_ms == epoch_ms(at_ms(-30).wall));
}

TEST_CASE("managed: what is delivered twice has one line", "[managed]") {
  Environment environment;
  const auto started = environment.start("a");
  environment.tell(started);
  environment.clock.advance(20ms);
  const auto ended = environment.report("a");
  environment.tell(ended);
  environment.tell(started);
  environment.run(3s);
  environment.shut_down();
  CHECK(environment.ids() == Ids{"a"});
}

TEST_CASE("managed: a retry has a line of its own, though it has the id of the first attempt", "[managed]") {
  Environment environment;
  environment.start("a");
  environment.clock.advance(20ms);
  environment.report("a", "error");
  environment.clock.advance(60s);
  environment.start("a");
  environment.clock.advance(20ms);
  environment.report("a");
  REQUIRE(environment.ids() == Ids{"a", "a"});
  CHECK(environment.invocations[0].text(Field::status) == "error");
  CHECK(environment.invocations[1].text(Field::status) == "success");
}

TEST_CASE("managed: open invocations have their lines at SHUTDOWN, and how it ended if that is known", "[managed]") {
  const auto status_after = [](const std::string& reason) {
    Environment environment;
    environment.start("a");
    environment.start("b");
    environment.shut_down(reason);
    REQUIRE(environment.ids() == Ids{"a", "b"});
    CHECK(environment.invocations[0].text(Field::shutdown_reason) == reason);
    CHECK_FALSE(environment.invocations[0].number(Field::duration));
    REQUIRE(environment.lines.size() == 1);
    CHECK(environment.lines[0].text(Field::shutdown_reason) == reason);
    return environment.invocations[0].text(Field::status);
  };
  CHECK(status_after("spindown").empty());
  CHECK(status_after("failure") == "failure");
}

TEST_CASE("managed: after SHUTDOWN reports are waited for, for 100 ms and no longer than they are missing",
          "[managed]") {
  Environment environment;
  environment.start("a");
  environment.cycle.on_shutdown({"spindown", environment.clock.now().wall + 2s});
  const auto until = environment.cycle.reports_until();
  REQUIRE(until);
  CHECK(*until - environment.clock.now().steady <= 100ms);
  environment.report("a");
  CHECK_FALSE(environment.cycle.reports_until());
}

TEST_CASE("managed: a line of the environment in each interval, with what was used and invoked in it", "[managed]") {
  Environment environment;
  auto init = environment.event(lambda::TelemetryType::init_start, "");
  init.instance_id = "stream";
  init.instance_max_memory = 2048;
  environment.tell(init);
  for (int second = 0; second < 60; ++second) {
    // Half a CPU of two, and the last second both of them.
    environment.instruments.next.function->cpu.user += second < 59 ? 500ms : 2000ms;
    environment.instruments.next.gauges.resident_bytes = (second == 30 ? 1024 : 512) * mb;
    if (second == 10) environment.start("a");
    if (second == 40) environment.report("a", "error", 30s);
    environment.run(1s);
  }
  REQUIRE(environment.lines.size() == 1);
  const Line& line = environment.lines[0];
  CHECK(line.number(Field::interval) == 60'000'000);
  CHECK(line.number(Field::cpu_total_time) == (59 * 500 + 2000) * 1000);
  CHECK(line.number(Field::cpu_utilization) == 26'250);
  CHECK(*line.number(Field::cpu_utilization_max) > 90'000);
  CHECK(*line.number(Field::cpu_utilization_max) <= 110'000);
  CHECK(line.number(Field::cpu_count) == 2'000);
  CHECK(line.number(Field::total_memory) == 2048);
  CHECK(line.number(Field::memory_utilization_max) == 50'000);
  CHECK(*line.number(Field::memory_utilization) >= 25'000);
  CHECK(*line.number(Field::memory_utilization) < 27'000);
  CHECK(line.number(Field::invocations) == 1);
  CHECK(line.number(Field::errors) == 1);
  CHECK(line.number(Field::timeouts) == 0);
  CHECK(line.number(Field::concurrency_avg) == 500);
  CHECK(line.number(Field::concurrency_max) == 1);
  CHECK(line.text(Field::instance_id) == "stream");
  environment.run(60s);
  REQUIRE(environment.lines.size() == 2);  // also when nothing was invoked
  CHECK(environment.lines[1].number(Field::invocations) == 0);
  CHECK(environment.lines[1].number(Field::concurrency_avg) == 0);
  CHECK(environment.lines[1].number(Field::cpu_total_time) == 0);
}

TEST_CASE("managed: what the runtime is stands on the first line of the environment, its zone on all once it is known",
          "[managed]") {
  Environment environment;
  auto init = environment.event(lambda::TelemetryType::init_start, "");
  init.runtime_version = "java:25.DurableFunction.v1";
  environment.tell(init);
  environment.run(61s);
  environment.managed.on_availability_zone("use1-az1");
  environment.report("a");
  environment.run(60s);
  REQUIRE(environment.lines.size() == 2);
  CHECK(environment.lines[0].text(Field::runtime_version) == "java:25.DurableFunction.v1");
  CHECK(environment.lines[0].number(Field::durable) == 1);
  CHECK(environment.lines[0].text(Field::availability_zone).empty());
  CHECK(environment.lines[1].text(Field::runtime_version).empty());
  CHECK_FALSE(environment.lines[1].number(Field::durable));
  CHECK(environment.lines[1].text(Field::availability_zone) == "use1-az1");
  CHECK(environment.invocations.at(0).text(Field::availability_zone) == "use1-az1");
}

TEST_CASE("managed: an invocation of two intervals is in flight in each for its part", "[managed]") {
  Environment environment;
  environment.run(45s);
  environment.start("a");
  environment.run(30s);
  environment.report("a", "success", 30s);
  environment.run(45s);
  REQUIRE(environment.lines.size() == 2);
  CHECK(environment.lines[0].number(Field::concurrency_avg) == 250);
  CHECK(environment.lines[0].number(Field::invocations) == 0);
  CHECK(environment.lines[1].number(Field::concurrency_avg) == 250);
  CHECK(environment.lines[1].number(Field::invocations) == 1);
}

TEST_CASE("managed: the emulator's memory size in bytes is known as that", "[managed]") {
  Environment environment;
  auto init = environment.event(lambda::TelemetryType::init_start, "");
  init.instance_max_memory = std::int64_t{2048} * 1'048'576;
  environment.tell(init);
  environment.run(60s);
  REQUIRE(environment.lines.size() == 1);
  CHECK(environment.lines[0].number(Field::total_memory) == 2048);
}

TEST_CASE("managed: samples cost a thousandth of a CPU at most, whatever one costs", "[managed]") {
  for (const auto cost : {20us, 100us, 8000us}) {
    Environment environment;
    environment.instruments.gauge_cost = cost;
    environment.start("a");
    environment.run(10min);
    CHECK(environment.instruments.cpu <= 600ms + cost);
    CHECK(environment.instruments.gauge_looks >= 60);
    CHECK(environment.instruments.gauge_looks <= 10 * 60 * 20 + 20);
  }
}

TEST_CASE("managed: while nothing is in flight a sample is taken once a second", "[managed]") {
  Environment environment;
  environment.run(59s);
  CHECK(environment.instruments.gauge_looks <= 60);
  CHECK(environment.instruments.gauge_looks >= 55);
}

TEST_CASE("managed: 100,000 invocations whose report never comes have their lines, in bounded memory", "[managed]") {
  Environment environment;
  environment.invocations.reserve(1);
  std::size_t written = 0;
  CallingSink counting{[&written](const InvocationRecord&) { ++written; }};
  Managed managed{Environment::settings(), Environment::sandbox(), environment.instruments, counting, std::nullopt};
  for (int number = 0; number < 100'000; ++number) {
    lambda::TelemetryBatch batch;
    batch.events.push_back(environment.event(lambda::TelemetryType::start, "request-" + std::to_string(number)));
    managed.on_telemetry(batch, environment.clock.now(), {});
  }
  CHECK(written == 100'000 - InFlight::max_flights);
  CHECK(InFlight::max_flights * (sizeof(Flight) + 8) * 2 < 4 * mb);
  managed.release(environment.clock.now());
  CHECK(written == 100'000);
}

TEST_CASE("managed: a report that was lost is given up after the longest timeout", "[managed]") {
  Environment environment;
  environment.start("a");
  environment.run(15min);
  CHECK(environment.invocations.empty());
  environment.run(3min);
  CHECK(environment.ids() == Ids{"a"});
}

TEST_CASE("managed: after dropped telemetry no concurrency is guessed", "[managed]") {
  Environment environment;
  environment.start("a");
  environment.tell(environment.event(lambda::TelemetryType::logs_dropped, ""));
  environment.clock.advance(1ms);
  environment.start("b");
  environment.clock.advance(1ms);
  environment.report("a");
  environment.start("c");
  environment.clock.advance(1ms);
  environment.report("b");
  environment.report("c");
  REQUIRE(environment.ids() == Ids{"a", "b", "c"});
  CHECK(environment.invocations[0].number(Field::concurrency) == 1);
  CHECK_FALSE(environment.invocations[1].number(Field::concurrency));
  CHECK(environment.invocations[2].number(Field::concurrency) == 2);
}

}  // namespace vitals
