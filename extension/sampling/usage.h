// Usage: what was used between two samples, and the extremes of the gauges in between. Pure: the difference of two
// values, no clock, no file. A counter that went backwards makes only its own value absent.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "sampling/sample.h"

namespace vitals {

// What a window used. Of the function's processes, unless noted.
struct Usage {
  std::optional<std::chrono::nanoseconds> cpu_total;  // always cpu_user + cpu_system
  std::optional<std::chrono::nanoseconds> cpu_user;
  std::optional<std::chrono::nanoseconds> cpu_system;
  std::optional<std::chrono::nanoseconds> cpu_wait;
  std::optional<std::uint64_t> major_faults;
  std::optional<std::uint64_t> disk_read_bytes;
  std::optional<std::uint64_t> disk_write_bytes;
  std::optional<std::uint64_t> rx_bytes;
  std::optional<std::uint64_t> tx_bytes;
  std::optional<std::chrono::nanoseconds> extensions_cpu;  // absent when there are no other extensions
#define VITALS_COUNTER(counter, type, field, when) std::optional<type> counter;
#include "sampling/measures.def"
};

// The extremes of the gauges over the samples of one window.
struct Peaks {
  std::optional<SteadyTime> since;  // when the first of the samples was taken
  std::optional<std::uint64_t> resident_bytes_max;
  std::optional<std::uint64_t> resident_bound_max;  // of moments at which only an upper bound is known
#define VITALS_GAUGE(gauge, extreme, peak, field, when) std::optional<std::uint64_t> peak;
#include "sampling/measures.def"
  std::optional<std::uint64_t> extensions_resident_bytes_max;
  std::optional<std::uint64_t> agent_resident_bytes_max;
  std::uint64_t agent_resident_bytes_sum = 0;  // over agent_samples, for the average
  std::uint64_t agent_samples = 0;

  void add(const Gauges& gauges);
};

// The difference of two samples of the same sandbox; `from` must not be later than `to`. Empty when this process's own
// CPU time went back, which shows that the sandbox was restored from a snapshot in between.
[[nodiscard]] Usage difference(const Sample& from, const Sample& to);

// Removes from a window's usage what no sample saw. If none of the function's processes can be read at the end, only
// their parent's ticks of 10 ms show what they used since the last sample, and less than a tick does not show. `to` is
// the window's closing sample.
void drop_unseen(Usage& usage, const Sample& to);

// What the processes of a sample have used since each of them started: the init phase, at the first INVOKE.
[[nodiscard]] Usage since_start(const Sample& sample);

// The peak resident memory of the function's processes between two samples, bytes: the largest sum that was sampled, or
// more if a process's own high-water mark (VmHWM) rose in between and proves more. If a moment in doubt may have had
// more, it is the middle of the possible range, and absent if that may be off by more than resident_tolerance(). Also
// absent if nothing is known.
[[nodiscard]] std::optional<std::uint64_t> peak_resident_bytes(const Sample& from, const Sample& to,
                                                               const Peaks& peaks);

}  // namespace vitals
