#include "invocation/life_cycle.h"

#include <utility>

#include "invocation/managed.h"
#include "invocation/on_demand.h"
#include "sampling/machine_memory.h"

namespace vitals {

std::unique_ptr<LifeCycle> make_life_cycle(const Settings& settings, SandboxState sandbox, Instruments& instruments,
                                           RecordSink& sink, const TimePoint& now) {
  if (settings.managed) {
    return std::make_unique<Managed>(settings, std::move(sandbox), instruments, sink, machine_memory());
  }
  return std::make_unique<OnDemand>(settings, std::move(sandbox), instruments, sink, now);
}

}  // namespace vitals
