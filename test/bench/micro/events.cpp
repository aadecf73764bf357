// What comes from the APIs: an event, and the batch of telemetry of one invocation.
#include "lambda/extension_events.h"
#include "lambda/telemetry_events.h"
#include "measured.h"
#include "texts.h"

namespace {

using namespace vitals;

void event(benchmark::State& state) {
  bench::measure(state, [] { benchmark::DoNotOptimize(lambda::parse_event(bench::invoke_body)); });
}
BENCHMARK(event)->Name("event/INVOKE");

void telemetry(benchmark::State& state) {
  bench::measure(state, [] { benchmark::DoNotOptimize(lambda::parse_telemetry(bench::telemetry_body)); });
}
BENCHMARK(telemetry)->Name("telemetry/batch of one invocation");

}  // namespace

BENCHMARK_MAIN();
