#include "sampling/cpu_time.h"

#include <algorithm>

namespace vitals {

using std::chrono::nanoseconds;

CpuTime split(nanoseconds total, const CpuTime& ticks, nanoseconds tick) {
  total = std::max(total, nanoseconds{0});
  const nanoseconds counted = ticks.total();
  if (counted <= nanoseconds{0}) return {total, nanoseconds{0}};
  const nanoseconds remainder = total - counted;
  const double user_share = static_cast<double>(ticks.user.count()) / static_cast<double>(counted.count());
  nanoseconds user_more{static_cast<std::int64_t>(static_cast<double>(remainder.count()) * user_share)};
  if (remainder >= nanoseconds{0} && remainder <= 2 * tick) {
    user_more = std::clamp(user_more, std::max(nanoseconds{0}, remainder - tick), std::min(tick, remainder));
  }
  const nanoseconds user = std::clamp(ticks.user + user_more, nanoseconds{0}, total);
  return {user, total - user};
}

CpuTime growth(const CpuTime& from, const CpuTime& to) {
  const nanoseconds total = std::max(to.total() - from.total(), nanoseconds{0});
  const nanoseconds user = std::clamp(to.user - from.user, nanoseconds{0}, total);
  return {user, total - user};
}

}  // namespace vitals
