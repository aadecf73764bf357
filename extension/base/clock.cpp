#include "base/clock.h"

namespace vitals {

TimePoint SystemClock::now() const {
  return {std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now()),
          std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now())};
}

}  // namespace vitals
