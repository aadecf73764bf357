// line-history: the lines of a made-up history, which is the same for every setting in the environment. A test compares
// the metrics in them (test/e2e/test_lines_exact.py).
//
//   line-history INVOCATIONS SEED on-demand|managed START > FILE    (milliseconds since the epoch)
//
// Standard output is a file: a full pipe would lose lines.
#include <unistd.h>
#include <boost/asio/io_context.hpp>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "agent/line_output.h"
#include "invocation/managed.h"
#include "invocation/on_demand.h"
#include "support/clocked_life_cycle.h"
#include "support/fake_instruments.h"

namespace {

using namespace vitals;
using namespace std::chrono_literals;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr int invocations_of_a_sandbox = 5'000;
constexpr std::uint64_t mb = 1U << 20U;

// Made-up values. None of them depends on what the extension does.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : random_(seed) {}
  std::int64_t up_to(std::int64_t most) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(most + 1));
  }
  bool one_in(std::int64_t count) { return up_to(count - 1) == 0; }
  // Mostly short.
  microseconds duration() { return microseconds{200 + up_to(one_in(50) ? 2'500'000 : 30'000)}; }
  std::string status() {
    return one_in(200) ? "error" : one_in(1000) ? "failure" : one_in(1000) ? "timeout" : "success";
  }
  std::string qualifier() { return one_in(10) ? ":canary" : one_in(15) ? "" : ":live"; }
  // Between two invocations; now and then the sandbox is frozen for minutes.
  milliseconds pause() { return milliseconds{one_in(400) ? up_to(300'000) : up_to(200)}; }

 private:
  std::mt19937_64 random_;
};

lambda::TelemetryEvent event(lambda::TelemetryType type, const std::string& id, WallTime time) {
  auto event = test::telemetry(type, id);
  event.time = time;
  return event;
}

std::string request_id(int number) {
  return "8f6a1c0e-52b7-4d19-9e3a-" + std::to_string(100'000'000'000 + number);
}

class History {
 public:
  History(Settings settings, std::uint64_t seed, WallTime start, int output)
      : settings_(std::move(settings)), chance_(seed), output_(io_, settings_.emf, output) {
    clock_.set_wall(start);
    instruments_.next.function = Totals{};
    instruments_.next.function->read_bytes = instruments_.next.function->write_bytes = 0;
    instruments_.next.interfaces.push_back({});
    instruments_.next.gauges.processes = 1;
    instruments_.next.gauges.process_changes = 1;
  }

  void play(int invocations) {
    for (int number = 0; number < invocations;) {
      const int until = std::min(number + invocations_of_a_sandbox, invocations);
      if (settings_.managed) {
        play_managed(number, until);
      } else {
        play_on_demand(number, until);
      }
      number = until;
      clock_.advance(chance_.pause());
    }
    output_.finish(1s);
  }

 private:
  [[nodiscard]] SandboxState sandbox() const {
    SandboxState state;
    state.function.name = "sample";
    state.function.memory_mb = 256;
    state.vcpus = 2;
    state.initialization_type = settings_.managed ? managed_instances : "on-demand";
    return state;
  }

  void work() {
    instruments_.next.function->cpu.user += microseconds{chance_.up_to(20'000)};
    instruments_.next.function->read_bytes =
        instruments_.next.function->read_bytes.value_or(0) + static_cast<std::uint64_t>(chance_.up_to(9'000));
    Gauges& gauges = instruments_.next.gauges;
    gauges.resident_bytes = static_cast<std::uint64_t>(chance_.up_to(chance_.one_in(500) ? 240 : 90)) * mb;
    gauges.threads = static_cast<std::uint64_t>(chance_.up_to(9));
    if (chance_.one_in(20)) gauges.threads.reset();  // absent now and then
    gauges.agent_resident_bytes = mb;
  }

  // Lets time pass, with the ticks that fall due.
  void run(test::ClockedLifeCycle& cycle, std::chrono::nanoseconds time) {
    const SteadyTime until = clock_.now().steady + time;
    for (auto next = cycle.next_tick(); next && *next <= until; next = cycle.next_tick()) {
      if (*next > clock_.now().steady) clock_.advance(*next - clock_.now().steady);
      cycle.on_tick();
    }
    if (until > clock_.now().steady) clock_.advance(until - clock_.now().steady);
  }

  lambda::TelemetryEvent report(const std::string& id, WallTime time, microseconds lasted, const std::string& status) {
    auto report = event(lambda::TelemetryType::report, id, time);
    report.status = status;
    report.duration = lasted;
    report.billed_duration = std::chrono::ceil<milliseconds>(lasted);
    report.memory_size_mb = 256;
    report.max_memory_used_mb = static_cast<double>(60 + chance_.up_to(40));
    if (status == "error") report.error_type = "Function.Wrong";
    return report;
  }

  void play_on_demand(int from, int until) {
    OnDemand on_demand{settings_, sandbox(), instruments_, output_, clock_.now()};
    test::ClockedLifeCycle cycle{on_demand, clock_};
    cycle.expect_telemetry();
    lambda::TelemetryBatch late;  // the report of the last invocation, which arrives in the next one
    for (int number = from; number < until; ++number) {
      const std::string id = request_id(number);
      const WallTime started = clock_.now().wall;
      cycle.before_request();
      cycle.on_invoke({RequestId{id}, started + 10s,
                       "arn:aws:lambda:us-east-1:123456789012:function:sample" + chance_.qualifier(), "1-root"});
      if (!late.events.empty()) cycle.on_telemetry(late);
      late.events.clear();
      const auto lasted = chance_.duration();
      const std::string status = chance_.status();
      work();
      run(cycle, lasted);
      auto done = event(lambda::TelemetryType::runtime_done, id, clock_.now().wall);
      done.status = status;
      done.duration = lasted;
      done.produced_bytes = chance_.up_to(5000);
      cycle.on_telemetry({.events = {event(lambda::TelemetryType::start, id, started), done}});
      const bool lost = chance_.one_in(300);
      const auto reported = report(id, clock_.now().wall, lasted, status);
      if (!lost && chance_.one_in(2)) {
        late.events.push_back(reported);
      } else if (!lost) {
        cycle.on_telemetry({.events = {reported}});
      }
      clock_.advance(chance_.pause());
    }
    if (chance_.one_in(2)) {
      cycle.on_shutdown({"spindown", std::nullopt});
      if (!late.events.empty()) cycle.on_telemetry(late);
      cycle.release();
    } else {
      cycle.end();
    }
  }

  struct Running {
    std::string id;
    WallTime started;
    SteadyTime ends;
    microseconds lasted;
  };

  void play_managed(int from, int until) {
    Managed managed{settings_, sandbox(), instruments_, output_, 4096 * mb};
    test::ClockedLifeCycle cycle{managed, clock_};
    cycle.expect_telemetry();
    managed.on_first_request(clock_.now());
    std::vector<Running> running;
    for (int number = from; number < until || !running.empty();) {
      if (number < until && running.size() < 40 && !chance_.one_in(3)) {
        const std::string id = request_id(number++);
        const microseconds lasted = chance_.duration() * (chance_.one_in(100) ? 60 : 1);  // also over minutes
        running.push_back({id, clock_.now().wall, clock_.now().steady + lasted, lasted});
        auto start = event(lambda::TelemetryType::start, id, clock_.now().wall);
        start.version = chance_.one_in(10) ? "canary" : "live";
        cycle.on_telemetry({.events = {start}});
      }
      run(cycle, microseconds{chance_.up_to(2'000)});
      work();
      lambda::TelemetryBatch over;
      for (std::size_t at = 0; at < running.size();) {
        const Running& each = running[at];
        if (each.ends > clock_.now().steady) {
          ++at;
          continue;
        }
        over.events.push_back(report(each.id, each.started + each.lasted, each.lasted, chance_.status()));
        running.erase(running.begin() + static_cast<std::ptrdiff_t>(at));
      }
      if (!over.events.empty()) cycle.on_telemetry(over);
      if (number == until) run(cycle, 50ms);
    }
    cycle.on_shutdown({"spindown", std::nullopt});
    cycle.release();
  }

  Settings settings_;
  Chance chance_;
  test::FakeClock clock_;
  test::FakeInstruments instruments_{clock_};
  boost::asio::io_context io_;
  LineOutput output_;
};

}  // namespace

int main(int count, char** arguments) {
  int invocations = 0;
  std::uint64_t seed = 0;
  const auto parse = [](std::string_view text, auto& number) {
    return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc{};
  };
  std::int64_t start_ms = 0;
  if (count != 5 || !parse(arguments[4], start_ms) || !parse(arguments[1], invocations) || !parse(arguments[2], seed)) {
    std::fputs("usage: line-history INVOCATIONS SEED on-demand|managed START > FILE\n", stderr);
    return 2;
  }
  const bool managed = std::string_view{arguments[3]} == "managed";
  History history{load_settings(managed).settings, seed, WallTime{milliseconds{start_ms}}, STDOUT_FILENO};
  history.play(invocations);
  return 0;
}
