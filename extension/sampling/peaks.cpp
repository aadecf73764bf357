// The extremes of the gauges, and the memory peak: see sampling/usage.h.
#include <algorithm>

#include "sampling/resident_memory.h"
#include "sampling/usage.h"

namespace vitals {

namespace {

void keep_max(std::optional<std::uint64_t>& peak, const std::optional<std::uint64_t>& value) {
  if (value && (!peak || *value > *peak)) peak = value;
}

void keep_min(std::optional<std::uint64_t>& peak, const std::optional<std::uint64_t>& value) {
  if (value && (!peak || *value < *peak)) peak = value;
}

std::uint64_t excess(std::uint64_t amount, std::uint64_t over) {
  return amount > over ? amount - over : 0;
}

const ProcessMemory* find(const std::vector<ProcessMemory>& processes, const ProcessMemory& wanted) {
  const auto found = std::find_if(processes.begin(), processes.end(), [&wanted](const ProcessMemory& process) {
    return process.pid == wanted.pid && process.start_time == wanted.start_time;
  });
  return found == processes.end() ? nullptr : &*found;
}

}  // namespace

void Peaks::add(const Gauges& gauges) {
  if (!since) since = gauges.at;
  keep_max(resident_bytes_max, gauges.resident_bytes);
  keep_max(resident_bytes_max, gauges.resident_earlier);
  keep_max(resident_bound_max, gauges.resident_bound);
#define VITALS_GAUGE(gauge, extreme, peak, field, when) keep_##extreme(peak, gauges.gauge);
#include "sampling/measures.def"
  keep_max(extensions_resident_bytes_max, gauges.extensions_resident_bytes);
  keep_max(agent_resident_bytes_max, gauges.agent_resident_bytes);
  if (gauges.agent_resident_bytes) {
    agent_resident_bytes_sum += *gauges.agent_resident_bytes;
    ++agent_samples;
  }
}

std::optional<std::uint64_t> peak_resident_bytes(const Sample& from, const Sample& to, const Peaks& peaks) {
  std::optional<std::uint64_t> peak = peaks.resident_bytes_max;
  const std::uint64_t sampled = std::max(peak.value_or(0), peaks.resident_bound_max.value_or(0));
  // The most that no sample saw: of exited processes, and of those whose high-water mark did not rise.
  const std::uint64_t of_exited = sampled - peak.value_or(0);
  std::uint64_t of_live = 0;
  std::uint64_t proven = 0;
  std::uint64_t together_then = 0;
  for (const auto& process : to.processes) {
    const ProcessMemory* const before = find(from.processes, process);
    const bool rose =
        process.high_water && (before == nullptr || (before->high_water && *process.high_water > *before->high_water));
    if (!rose) {
      of_live += excess(std::min(process.reach, process.high_water.value_or(process.reach)), process.resident_max);
      continue;
    }
    // The mark rose in between, so the process did reach it. It did so close to its largest samples, because elsewhere
    // the samples would have been closer to the mark. What the samples missed is memory of its own.
    const std::uint64_t unseen = excess(*process.high_water, process.resident_max);
    if (unseen == 0) continue;
    keep_max(peak, process.together_then + unseen);
    together_then = std::max(together_then, process.together_then);
    proven += unseen;
  }
  if (!peak) return std::nullopt;
  std::uint64_t at_most = sampled + of_live;
  if (proven > 0) at_most = std::max(at_most, together_then + proven + of_exited + of_live);
  const std::uint64_t doubt = excess(at_most, *peak);
  if (doubt > 2 * resident_tolerance(*peak)) return std::nullopt;
  return *peak + doubt / 2;
}

}  // namespace vitals
