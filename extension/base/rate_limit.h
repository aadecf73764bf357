// RateLimit: a token bucket for diagnostics. Pure: the caller passes the time.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace vitals {

class RateLimit {
 public:
  // Allows `burst` messages at once, and one more in every `refill`.
  constexpr RateLimit(int burst, std::chrono::nanoseconds refill) : burst_(burst), refill_(refill), tokens_(burst) {}

  // Whether one more message may be written now.
  [[nodiscard]] bool admit(SteadyTime now);

  // How many were refused since the last call.
  [[nodiscard]] std::uint64_t take_refused();

 private:
  int burst_;
  std::chrono::nanoseconds refill_;
  int tokens_;
  SteadyTime last_refill_{};
  std::uint64_t refused_ = 0;
};

}  // namespace vitals
