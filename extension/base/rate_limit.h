// RateLimit: a token bucket for own messages. Pure: it is told the time.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace vitals {

class RateLimit {
 public:
  // So many messages at once, and one more in every `refill`.
  constexpr RateLimit(int burst, std::chrono::nanoseconds refill) : burst_(burst), refill_(refill), tokens_(burst) {}

  // Whether one more may be said now.
  [[nodiscard]] bool admit(SteadyTime now);

  // How many were refused since this was last asked.
  [[nodiscard]] std::uint64_t take_refused();

 private:
  int burst_;
  std::chrono::nanoseconds refill_;
  int tokens_;
  SteadyTime last_refill_{};
  std::uint64_t refused_ = 0;
};

}  // namespace vitals
