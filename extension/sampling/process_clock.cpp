#include "sampling/process_clock.h"

#include <ctime>

namespace vitals {

std::optional<std::chrono::nanoseconds> process_clock(pid_t pid) {
  // clock_getcpuclockid(3) computes the same and then makes a system call to check whether it exists: the complement of
  // the pid, and the clock's kind, CPUCLOCK_SCHED.
  const auto clock = static_cast<clockid_t>((~static_cast<unsigned>(pid) << 3U) | 2U);
  timespec time{};
  if (::clock_gettime(clock, &time) != 0) return std::nullopt;
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

}  // namespace vitals
