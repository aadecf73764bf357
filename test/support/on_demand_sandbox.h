// The on-demand life cycle with a clock and instruments of a test's own.
#pragma once

#include <string>
#include <vector>

#include "invocation/on_demand.h"
#include "support/clocked_life_cycle.h"
#include "support/fake_instruments.h"

namespace vitals::test {

using namespace std::chrono_literals;

// The life cycle, and the records that it wrote.
struct OnDemandSandbox {
  FakeClock clock;
  FakeInstruments instruments{clock};
  std::vector<std::string> ids;
  std::vector<std::string> sandbox_ids;
  std::vector<InvocationRecord> records;  // whose strings are no longer valid
  CallingSink sink{[this](const InvocationRecord& record) {
    ids.emplace_back(std::get<std::string_view>(record.get(Field::request_id)));
    sandbox_ids.emplace_back(std::get<std::string_view>(record.get(Field::sandbox_id)));
    records.push_back(record);
  }};
  OnDemand on_demand;
  ClockedLifeCycle cycle{on_demand, clock};

  explicit OnDemandSandbox(const Settings& settings = {})
      : on_demand(settings, state_of(settings), instruments, sink, clock.now()) {
    instruments.next.function = Totals{};
    instruments.next.gauges.processes = 1;
    instruments.next.gauges.process_changes = 1;
  }

  static SandboxState state_of(const Settings& settings) {
    SandboxState state;
    state.initialization_type = settings.function.initialization_type;
    return state;
  }

  void tell(const std::string& body) { cycle.on_telemetry(lambda::parse_telemetry(body)); }
  // What the Telemetry API posts of an invocation that is over.
  void done(const std::string& id) { tell_end("runtimeDone", id, ""); }
  void report(const std::string& id) { tell_end("report", id, R"(,"metrics":{"durationMs":10.5})"); }
  void tell_end(const std::string& type, const std::string& id, const std::string& metrics,
                const std::string& status = "success") {
    tell(R"([{"time":"2023-11-14T22:13:20.010Z","type":"platform.)" + type + R"(","record":{"requestId":")" + id +
         R"(","status":")" + status + '"' + metrics + "}}]");
  }
  // Lets time pass, with every tick that falls due.
  void run(std::chrono::nanoseconds time) {
    const SteadyTime until = clock.now().steady + time;
    for (auto next = cycle.next_tick(); next && *next <= until; next = cycle.next_tick()) {
      if (*next > clock.now().steady) clock.advance(*next - clock.now().steady);
      cycle.on_tick();
    }
    clock.advance(until - clock.now().steady);
  }
};

}  // namespace vitals::test
