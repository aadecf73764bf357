#include "invocation/sandbox_state.h"

#include <algorithm>

#include "sampling/resident_memory.h"

namespace vitals {

using lambda::TelemetryEvent;
using lambda::TelemetryType;

void SandboxState::apply(const TelemetryEvent& event) {
  switch (event.type) {
    case TelemetryType::init_start:
      if (initialization_type.empty()) initialization_type = event.initialization_type;
      if (!event.runtime_version.empty()) runtime_version = event.runtime_version.view();
      return;
    case TelemetryType::init_report:
      if (event.duration) init_duration = event.duration;
      return;
    case TelemetryType::restore_start:
      restored = true;
      return;
    case TelemetryType::restore_report:
      if (event.duration) restore_duration = event.duration;
      return;
    default:
      return;
  }
}

void SandboxState::start_again() {
  id.clear();
  restored = true;
  availability_zone.clear();
  init_duration.reset();
  restore_duration.reset();
  resident_seen_.reset();
  resident_bound_.reset();
}

double allotted_vcpus(std::int64_t memory_mb, double vcpus) {
  constexpr double mb_per_vcpu = 1769;
  return std::min(static_cast<double>(memory_mb) / mb_per_vcpu, vcpus);
}

double SandboxState::allotted() const {
  return function.memory_mb ? allotted_vcpus(*function.memory_mb, vcpus) : vcpus;
}

void SandboxState::add(const Gauges& gauges) {
  const auto others = gauges.extensions_resident_bytes.value_or(0) + gauges.agent_resident_bytes.value_or(0);
  const auto keep_max = [others](std::optional<std::uint64_t>& most, const std::optional<std::uint64_t>& bytes) {
    if (bytes) most = std::max(most.value_or(0), *bytes + others);
  };
  keep_max(resident_seen_, gauges.resident_bytes);
  keep_max(resident_seen_, gauges.resident_earlier);
  keep_max(resident_bound_, gauges.resident_bound);
}

std::optional<std::uint64_t> SandboxState::resident_high_water() const {
  const bool in_doubt =
      resident_seen_ && resident_bound_ && *resident_bound_ > *resident_seen_ + 2 * resident_tolerance(*resident_seen_);
  return in_doubt ? std::nullopt : resident_seen_;
}

}  // namespace vitals
