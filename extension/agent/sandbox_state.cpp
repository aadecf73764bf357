#include "agent/sandbox_state.h"

#include <algorithm>
#include <utility>

namespace vitals {

using lambda::TelemetryEvent;
using lambda::TelemetryType;

bool SandboxState::apply(const TelemetryEvent& event) {
  switch (event.type) {
    case TelemetryType::init_start:
      if (initialization_type.empty()) initialization_type = event.initialization_type;
      return false;
    case TelemetryType::init_report:
      if (event.duration) init_duration = event.duration;
      return false;
    case TelemetryType::restore_start:
      return !std::exchange(restored, true);
    case TelemetryType::restore_report:
      if (event.duration) restore_duration = event.duration;
      return false;
    default:
      return false;
  }
}

double allotted_vcpus(std::int64_t memory_mb, double vcpus) {
  constexpr double mb_per_vcpu = 1769;
  return std::min(static_cast<double>(memory_mb) / mb_per_vcpu, vcpus);
}

double SandboxState::allotted() const {
  return function.memory_mb ? allotted_vcpus(*function.memory_mb, vcpus) : vcpus;
}

void SandboxState::add(const Gauges& gauges) {
  if (!gauges.resident_bytes) return;
  const auto resident =
      *gauges.resident_bytes + gauges.extensions_resident_bytes.value_or(0) + gauges.agent_resident_bytes.value_or(0);
  resident_high_water = std::max(resident_high_water.value_or(0), resident);
}

}  // namespace vitals
