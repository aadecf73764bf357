// Lifetime: what stays as it is, or only grows, while this process lives on one machine. A restore from a snapshot
// shows in it: invocation/restore.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"

namespace vitals {

struct Lifetime {
  std::optional<std::uint64_t> started;                // /proc/self/stat starttime, clock ticks; absent: not read
  std::chrono::nanoseconds own_cpu{};                  // CLOCK_PROCESS_CPUTIME_ID
  SteadyTime steady{};                                 // CLOCK_MONOTONIC
  std::optional<std::chrono::nanoseconds> since_boot;  // CLOCK_BOOTTIME; absent: not read at the same moment as steady
};

// The clocks: 0.3 µs.
[[nodiscard]] Lifetime read_clocks();

// The start time, too: 15 µs. Reads PROC_ROOT/self/stat.
[[nodiscard]] Lifetime read_lifetime(const std::string& proc_root = "/proc");

}  // namespace vitals
