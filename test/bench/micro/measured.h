// What all micro-benchmarks have in common: the loop, with the allocations of each turn beside its time.
#pragma once

#include <benchmark/benchmark.h>

#include "support/allocations.h"

namespace bench {

template <class Work>
void measure(benchmark::State& state, Work work) {
  work();  // whatever is made once is made here
  const auto before = allocations();
  for (auto turn : state) {
    static_cast<void>(turn);
    work();
  }
  state.counters["allocations"] =
      benchmark::Counter(static_cast<double>(allocations() - before), benchmark::Counter::kAvgIterations);
}

}  // namespace bench
