#include "base/rate_limit.h"

#include <algorithm>
#include <utility>

namespace vitals {

bool RateLimit::admit(SteadyTime now) {
  if (const auto periods = (now - last_refill_) / refill_; periods > 0) {
    tokens_ = static_cast<int>(std::min<std::int64_t>(burst_, tokens_ + std::min<std::int64_t>(periods, burst_)));
    last_refill_ = now;
  }
  if (tokens_ == 0) {
    ++refused_;
    return false;
  }
  --tokens_;
  return true;
}

std::uint64_t RateLimit::take_refused() {
  return std::exchange(refused_, 0);
}

}  // namespace vitals
