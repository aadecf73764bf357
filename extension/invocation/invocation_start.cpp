#include "invocation/invocation_start.h"

#include <algorithm>

namespace vitals {

using std::chrono::nanoseconds;

namespace {

// The period of CFS bandwidth control.
constexpr std::chrono::milliseconds quota_period{20};

}  // namespace

nanoseconds cpu_at_risk(nanoseconds late, std::uint64_t threads, double processors, double vcpus) {
  if (late <= nanoseconds{0}) return nanoseconds{0};
  const double busy =
      static_cast<double>(late.count()) * std::max(1.0, std::min(processors, static_cast<double>(threads)));
  const double allowed = static_cast<double>((late + quota_period).count()) * vcpus;
  return nanoseconds{static_cast<std::int64_t>(std::min(busy, allowed))};
}

nanoseconds lateness(const std::optional<nanoseconds>& timeout, const std::optional<WallTime>& deadline,
                     const TimePoint& arrived, nanoseconds since_last) {
  if (!deadline || !timeout) return nanoseconds{0};
  const nanoseconds left = *deadline - arrived.wall;
  return left > nanoseconds{0} ? possible_lateness(*timeout - left, since_last) : nanoseconds{0};
}

nanoseconds possible_lateness(nanoseconds late, nanoseconds since_last) {
  const bool possible = late > nanoseconds{0} && late <= since_last + platform_clock_step;
  return possible ? std::min(late, since_last) : nanoseconds{0};
}

nanoseconds head_start(nanoseconds late, nanoseconds waited) {
  return waited + std::max(late - waited - platform_clock_step, nanoseconds{0});
}

}  // namespace vitals
