// docs/metrics.md says which fields the line of an environment has, on Managed Instances.
#include <string>
#include <vector>

#include "config/settings.h"
#include "invocation/managed.h"
#include "support/catch.h"
#include "support/clocked_life_cycle.h"
#include "support/history.h"
#include "unit/record/markdown.h"

namespace vitals {

using namespace std::chrono_literals;
using namespace vitals::test;

namespace {

// Instruments that can read everything there is.
struct AllInstruments : FakeInstruments {
  explicit AllInstruments(const Clock& clock) : FakeInstruments(clock) {
    next.function = next.extensions = Totals{};
    next.function->read_bytes = next.function->write_bytes = 0;
    next.processes.push_back({.pid = 1, .start_time = 1, .high_water = 1 << 20, .resident_max = 1 << 20});
    next.interfaces.push_back({});
    next.waits.push_back({.pid = 1, .start_time = 1, .children_faults = 0, .waited = 0ms});
    Gauges& gauges = next.gauges;
    gauges.resident_bytes = gauges.extensions_resident_bytes = gauges.agent_resident_bytes = 1 << 20;
#define VITALS_COUNTER(counter, type, field, when) next.counter.emplace();
#define VITALS_GAUGE(gauge, extreme, peak, field, when) gauges.gauge = 1 << 20;
#include "sampling/measures.def"
  }
};

// The names of the fields of a first line at the end of an environment, which has everything.
std::vector<std::string> fields_of_an_environment(const Settings& settings) {
  FakeClock clock;
  AllInstruments instruments{clock};
  std::vector<std::string> names{"event_type"};
  CallingSink sink{[&names](const InvocationRecord& record) {
    for (const FieldInfo& row : catalogue) {
      if (record.has(row.field)) names.emplace_back(row.name);
    }
  }};
  SandboxState sandbox;
  sandbox.function.name = "sample";
  sandbox.initialization_type = "lambda-managed-instances";
  Managed managed{settings, sandbox, instruments, sink, std::uint64_t{1} << 32U};
  managed.on_subscription(lambda::Subscription::active);
  managed.on_availability_zone("use1-az1");
  managed.on_first_request(clock.now());
  auto started = init_start();
  started.instance_id = "instance";
  started.runtime_version = "python:3.13.DurableFunction.v1";
  auto reported = telemetry(lambda::TelemetryType::init_report);
  reported.duration = 90ms;
  managed.on_telemetry({.events = {started, reported}}, clock.now(), {});
  clock.advance(2s);
  managed.on_tick(clock.now());
  managed.on_shutdown({"spindown", std::nullopt}, clock.now());
  managed.release(clock.now());
  return names;
}

}  // namespace

TEST_CASE("the table of docs/metrics.md has the fields of an environment's line", "[docs]") {
  const char* const environment[] = {"AWS_LAMBDA_INITIALIZATION_TYPE=lambda-managed-instances", nullptr};
  const Settings settings = load_settings(environment).settings;
  std::vector<MarkdownRow> expected{{"Environment field", "Unit", "Metric by default", "Description"}};
  for (const auto& name : fields_of_an_environment(settings)) {
    const FieldInfo& row = *std::find_if(catalogue.begin(), catalogue.end(),
                                         [&name](const FieldInfo& other) { return other.name == name; });
    const bool metric = settings.emf.metrics.test(row.field);
    expected.push_back({code(name), row.unit.empty() ? "–" : std::string{row.unit}, metric ? "yes" : ""});
  }
  auto rows = markdown_table("metrics.md", "Environment field");
  REQUIRE(rows.size() == expected.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    REQUIRE(rows[row].size() == 4);
    CHECK_FALSE(rows[row][3].empty());
    if (row > 0) rows[row].pop_back();
    CHECK(rows[row] == expected[row]);
  }
}

}  // namespace vitals
