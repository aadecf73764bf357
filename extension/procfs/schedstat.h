// /proc/PID/schedstat and /proc/PID/task/TID/schedstat: how long one thread has run, and waited for a processor.
// https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat
#pragma once

#include <chrono>
#include <string_view>

#include "base/result.h"

namespace vitals::procfs {

struct Schedstat {
  std::chrono::nanoseconds ran{};
  std::chrono::nanoseconds waited{};  // ready to run, and not running: also while a CPU quota was used up
};

// Error malformed: not three numbers on one complete line. A kernel without the statistics shows zeros.
[[nodiscard]] Result<Schedstat> parse_schedstat(std::string_view text);

}  // namespace vitals::procfs
