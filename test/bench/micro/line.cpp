// The record and the line; beside it nlohmann_json's dump of the same object.
#include <string>

#include "config/settings.h"
#include "emf/line_encoder.h"
#include "emf/summaries.h"
#include "invocation/line_reason.h"
#include "invocation/record_builder.h"
#include "invocation/sandbox_start.h"
#include "lambda/extension_events.h"
#include "measured.h"
#include "texts.h"
#include "unit/emf/sample_records.h"

namespace {

using namespace vitals;

// A window that has everything: usage, peaks and all of its telemetry.
Window full_window() {
  Window window;
  const auto event = lambda::parse_event(bench::invoke_body);
  window.invoke = std::get<lambda::InvokeEvent>(*event);
  window.number = 17;
  window.closed = CloseReason::runtime_done;
  for (const auto& reported : lambda::parse_telemetry(bench::telemetry_body).events) {
    if (reported.type == lambda::TelemetryType::start) window.start = reported;
    if (reported.type == lambda::TelemetryType::runtime_done) window.runtime_done = reported;
    if (reported.type == lambda::TelemetryType::report) window.report = reported;
  }
  using std::chrono::microseconds;
  Usage& usage = window.usage.emplace();
  usage.cpu_total = microseconds{1500};
  usage.cpu_user = microseconds{1000};
  usage.cpu_system = microseconds{500};
  usage.cpu_wait = microseconds{300};
  usage.major_faults = usage.disk_write_bytes = 0;
  usage.disk_read_bytes = 4096;
  usage.rx_bytes = 6911;
  usage.tx_bytes = 4434;
  usage.agent_cpu = microseconds{90};
  Gauges gauges;
  gauges.resident_bytes = 64U << 20U;
  gauges.processes = gauges.threads = 3;
  gauges.open_descriptors = 17;
  gauges.descriptor_limit = 1024;
  gauges.tmp_size_bytes = gauges.tmp_free_bytes = 512U << 20U;
  gauges.tmp_used_bytes = 0;
  gauges.agent_resident_bytes = 2U << 20U;
  window.peaks.add(gauges);
  window.memory_peak = gauges.resident_bytes;
  return window;
}

Settings settings() {
  static const char* const environment[] = {"AWS_LAMBDA_FUNCTION_NAME=checkout", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=1769",
                                            "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand", nullptr};
  return load_settings(environment).settings;
}

InvocationRecord full_record() {
  return build_record(full_window(), new_sandbox(settings()));
}

void record(benchmark::State& state) {
  const Window window = full_window();
  const SandboxState sandbox = new_sandbox(settings());
  bench::measure(state, [&] { benchmark::DoNotOptimize(build_record(window, sandbox)); });
}
BENCHMARK(record);

void line(benchmark::State& state) {
  emf::LineEncoder encoder{settings().emf};
  const InvocationRecord record = full_record();
  bench::measure(state, [&] { benchmark::DoNotOptimize(encoder.encode(record)); });
  state.counters["bytes"] = static_cast<double>(encoder.encode(record).size());
}
BENCHMARK(line);

// An invocation without a line of its own, with its share of the line of the summary.
void summarized(benchmark::State& state) {
  static const char* const environment[] = {"LAMBDA_VITALS_LINES=notable", nullptr};
  emf::LineEncoder encoder{load_settings(environment).settings.emf};
  emf::Summaries summaries{encoder, [&](const Summary& summary) { benchmark::DoNotOptimize(encoder.encode(summary)); }};
  const InvocationRecord record = full_record();
  bench::measure(state, [&] {
    benchmark::DoNotOptimize(notable_reason(record));
    benchmark::DoNotOptimize(summaries.add(record));
  });
}
BENCHMARK(summarized)->Name("line/summarized");

void line_nlohmann_dump(benchmark::State& state) {
  const auto object = test::parsed(settings().emf, full_record());
  bench::measure(state, [&] { benchmark::DoNotOptimize(object.dump()); });
}
BENCHMARK(line_nlohmann_dump)->Name("line/nlohmann dump");

void line_of_every_field(benchmark::State& state) {
  emf::LineEncoder encoder{settings().emf};
  const InvocationRecord record = test::full_example();
  bench::measure(state, [&] { benchmark::DoNotOptimize(encoder.encode(record)); });
}
BENCHMARK(line_of_every_field)->Name("line/every field");

}  // namespace
