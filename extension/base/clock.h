// Time: the wall clock stamps, the steady clock measures. Both are read together and injected, so that tests can supply
// their own clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace vitals {

using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

struct TimePoint {
  WallTime wall{};      // CLOCK_REALTIME: since the epoch; may jump, also backwards, after a freeze
  SteadyTime steady{};  // CLOCK_MONOTONIC: never goes backwards; may jump forwards over a freeze
};

// The interface to the operating system's clocks. Its users do not own it: it must outlive them.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override;
};

// CPU time of this process so far: what its own work costs. The steady clock would include the time in which other
// processes ran.
[[nodiscard]] std::chrono::nanoseconds cpu_time_used();

// Milliseconds since the epoch, rounded down: the unit of the Lambda APIs and of EMF.
[[nodiscard]] constexpr std::int64_t epoch_ms(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace vitals
