// A whole sample, a tick, and the difference of two samples.
#include "sampling/sampler.h"

#include <unistd.h>

#include "measured.h"
#include "sampling/usage.h"
#include "support/idle_processes.h"

namespace {

using namespace vitals;

const SystemClock live_clock;

// This process's children are the function.
SamplerOptions options() {
  SamplerOptions options;
  options.self = ::getppid();
  options.parent = ::getpid();
  return options;
}

void sample(benchmark::State& state) {
  const bench::IdleProcesses function{state.range(0)};
  Sampler sampler{options(), live_clock};
  Sample sample;
  sampler.read(sample);
  bench::measure(state, [&] { sampler.read(sample); });
}
BENCHMARK(sample)->Arg(1)->Arg(8)->Arg(50);

void tick(benchmark::State& state) {
  const bench::IdleProcesses function{state.range(0)};
  Sampler sampler{options(), live_clock};
  Gauges gauges;
  sampler.read(gauges);
  bench::measure(state, [&] { sampler.read(gauges); });
}
BENCHMARK(tick)->Arg(1)->Arg(8)->Arg(50);

void usage(benchmark::State& state) {
  const bench::IdleProcesses function{2};
  Sampler sampler{options(), live_clock};
  Sample from;
  Sample to;
  sampler.read(from);
  sampler.read(to);
  bench::measure(state, [&] { benchmark::DoNotOptimize(difference(from, to)); });
}
BENCHMARK(usage)->Name("difference");

}  // namespace
