#include "base/clock.h"

#include <ctime>

namespace vitals {

TimePoint SystemClock::now() const {
  return {std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now()),
          std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now())};
}

std::chrono::nanoseconds cpu_time_used() {
  timespec time{};
  if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) != 0) return {};
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

}  // namespace vitals
