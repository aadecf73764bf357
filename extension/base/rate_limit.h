// RateLimit: a token bucket for own messages. Pure: it is told the time.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace vitals {

// A fault that repeats with every invocation must not fill its user's log (and bill): 20 messages at once show any
// history that matters, one more every 10 s shows that it goes on.
class RateLimit {
 public:
  static constexpr int burst = 20;
  static constexpr std::chrono::seconds refill{10};

  // Whether one more may be said now.
  [[nodiscard]] bool admit(SteadyTime now);

  // How many were refused since this was last asked.
  [[nodiscard]] std::uint64_t take_refused();

 private:
  int tokens_ = burst;
  SteadyTime last_refill_{};
  std::uint64_t refused_ = 0;
};

}  // namespace vitals
