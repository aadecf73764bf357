// The interface holds for more than one life cycle: a minimal one for many invocations at once, with lines from
// platform.start and platform.report only.
#include "invocation/life_cycle.h"

#include <map>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/clocked_life_cycle.h"
#include "support/history.h"

namespace vitals {

using namespace std::chrono_literals;
using namespace vitals::test;

namespace {

// One record per platform.report, and one of the environment a minute, for which the instruments are read.
class MinimalManaged final : public LifeCycle {
 public:
  static constexpr auto interval = 60s;

  MinimalManaged(Instruments& instruments, RecordSink& sink, const TimePoint& now)
      : instruments_(instruments), sink_(sink), next_(now.steady + interval) {
    instruments_.read_counters(from_);
  }

  void on_subscription(lambda::Subscription) override {}
  void on_first_request(const TimePoint&) override {}
  [[nodiscard]] bool is_repeated(const lambda::InvokeEvent&) const override { return false; }
  void before_request(const TimePoint&) override {}
  void on_invoke(const lambda::InvokeEvent&, const TimePoint&) override {}
  void on_other_event(const TimePoint&) override {}

  void on_telemetry(const lambda::TelemetryBatch& batch, const TimePoint&, const std::function<bool()>&) override {
    for (const auto& event : batch.events) {
      if (event.type == lambda::TelemetryType::start) in_flight_[std::string{event.request_id.text()}] = *event.time;
      if (event.type == lambda::TelemetryType::report) write(event);
    }
  }

  void on_shutdown(const lambda::ShutdownEvent&, const TimePoint& now) override {
    write_environment(now);
    last_wait_ = now.steady + 300ms;
  }

  void on_availability_zone(std::string_view /*zone*/) override {}
  [[nodiscard]] std::optional<SteadyTime> next_tick(const TimePoint&) const override { return next_; }
  void on_tick(const TimePoint& now) override {
    next_ += interval;
    write_environment(now);
  }

  [[nodiscard]] std::optional<SteadyTime> hold_until(const TimePoint&) const override { return std::nullopt; }
  [[nodiscard]] std::optional<SteadyTime> reports_until(const TimePoint& now) const override {
    return in_flight_.empty() || now.steady >= last_wait_ ? std::nullopt : std::optional{last_wait_};
  }
  [[nodiscard]] std::optional<SteadyTime> exit_deadline() const override { return std::nullopt; }
  void release(const TimePoint&) override {
    for (const auto& [id, started] : in_flight_) write(id, started, std::nullopt);
    in_flight_.clear();
  }
  void end(const TimePoint& now) override { release(now); }

 private:
  void write(const lambda::TelemetryEvent& report) {
    const auto started = in_flight_.find(std::string{report.request_id.text()});
    if (started == in_flight_.end()) return;
    write(started->first, started->second, report.duration);
    in_flight_.erase(started);
  }
  void write(const std::string& id, WallTime started, std::optional<std::chrono::nanoseconds> duration) {
    InvocationRecord record;
    record.timestamp_ms = epoch_ms(started);
    record.set_text(Field::request_id, id);
    if (duration) record.set_duration(Field::duration, *duration);
    sink_.write(record);
  }
  void write_environment(const TimePoint& now) {
    Sample to;
    instruments_.read_counters(to);
    InvocationRecord record;
    record.timestamp_ms = epoch_ms(now.wall);
    record.set_duration(Field::cpu_total_time, to.function->cpu.total() - from_.function->cpu.total());
    from_ = to;
    sink_.write(record);
  }

  Instruments& instruments_;
  RecordSink& sink_;
  Sample from_;
  SteadyTime next_;
  SteadyTime last_wait_{};
  std::map<std::string, WallTime> in_flight_;
};

struct Sandbox {
  FakeClock clock;
  FakeInstruments instruments{clock};
  std::vector<std::string> lines;
  CallingSink sink{[this](const InvocationRecord& record) {
    const auto* const id = std::get_if<std::string_view>(&record.get(Field::request_id));
    const auto* const cpu = std::get_if<std::int64_t>(&record.get(Field::cpu_total_time));
    const auto* const duration = std::get_if<std::int64_t>(&record.get(Field::duration));
    std::string line = id != nullptr ? std::string{*id} : "environment " + std::to_string(*cpu);
    if (duration != nullptr) line += ' ' + std::to_string(*duration);
    lines.push_back(line);
  }};
  MinimalManaged managed;
  ClockedLifeCycle cycle{managed, clock};

  Sandbox() : managed(with_function(instruments), sink, clock.now()) {}

  void start(const std::string& id) {
    cycle.on_telemetry({.events = {test::telemetry(lambda::TelemetryType::start, id)}});
  }
  void report(const std::string& id, std::chrono::nanoseconds duration) {
    auto event = test::report(id);
    event.duration = duration;
    cycle.on_telemetry({.events = {event}});
  }

 private:
  static FakeInstruments& with_function(FakeInstruments& instruments) {
    instruments.next.function = Totals{};
    return instruments;
  }
};

}  // namespace

TEST_CASE("a life cycle may have many invocations at once, whose records come in any order") {
  Sandbox sandbox;
  for (const auto* const id : {"a", "b", "c"}) sandbox.start(id);
  sandbox.report("b", 20ms);
  sandbox.report("a", 30ms);
  CHECK(sandbox.lines == std::vector<std::string>{"b 20000", "a 30000"});
  CHECK(!sandbox.cycle.hold_until());
}

TEST_CASE("a life cycle may ask for ticks while nothing is invoked, and write records that no event asks for") {
  Sandbox sandbox;
  for (int minute = 0; minute < 2; ++minute) {
    sandbox.instruments.next.function->cpu.user += 5ms;
    const auto next = sandbox.cycle.next_tick();
    REQUIRE(next);
    sandbox.clock.advance(*next - sandbox.clock.now().steady);
    sandbox.cycle.on_tick();
  }
  CHECK(sandbox.lines == std::vector<std::string>{"environment 5000", "environment 5000"});
}

TEST_CASE("at SHUTDOWN a life cycle waits for the reports of what is in flight, and no longer than its limit") {
  Sandbox sandbox;
  sandbox.start("a");
  sandbox.start("b");
  sandbox.cycle.on_shutdown({"spindown", std::nullopt});
  sandbox.report("a", 10ms);
  CHECK(sandbox.cycle.reports_until());
  sandbox.clock.advance(300ms);
  CHECK(!sandbox.cycle.reports_until());
  sandbox.cycle.release();
  CHECK(sandbox.lines == std::vector<std::string>{"environment 0", "a 10000", "b"});
}

}  // namespace vitals
