#include "invocation/life_cycle.h"

#include <utility>

#include "invocation/on_demand.h"

namespace vitals {

std::unique_ptr<LifeCycle> make_life_cycle(const Settings& settings, SandboxState sandbox, Instruments& instruments,
                                           RecordSink& sink, const TimePoint& now) {
  return std::make_unique<OnDemand>(settings, std::move(sandbox), instruments, sink, now);
}

}  // namespace vitals
