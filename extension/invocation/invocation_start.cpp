#include "invocation/invocation_start.h"

#include <algorithm>
#include <utility>

namespace vitals {

using std::chrono::nanoseconds;
using std::chrono::seconds;

namespace {

constexpr std::chrono::minutes longest_timeout{15};

// How far this clock may be behind the platform's.
constexpr std::chrono::milliseconds clock_tolerance{5};

// Of CFS bandwidth control.
constexpr std::chrono::milliseconds quota_period{20};

}  // namespace

nanoseconds cpu_at_risk(nanoseconds late, std::uint64_t threads, double processors, double vcpus) {
  if (late <= nanoseconds{0}) return nanoseconds{0};
  const double busy =
      static_cast<double>(late.count()) * std::max(1.0, std::min(processors, static_cast<double>(threads)));
  const double allowed = static_cast<double>((late + quota_period).count()) * vcpus;
  return nanoseconds{static_cast<std::int64_t>(std::min(busy, allowed))};
}

nanoseconds InvocationStart::lateness(const std::optional<WallTime>& deadline, const TimePoint& arrived,
                                      nanoseconds since_last) {
  if (!deadline) return nanoseconds{0};
  const nanoseconds left = *deadline - arrived.wall;
  // The first deadline may be that of an invocation with its init phase in it, which can be longer than a second.
  const bool may_have_init = std::exchange(first_, false) && since_last >= seconds{1};
  if (!timeout_ && !may_have_init && left > nanoseconds{0} && left <= longest_timeout) {
    timeout_ = std::chrono::ceil<seconds>(left - clock_tolerance);
  }
  if (!timeout_) return nanoseconds{0};
  const nanoseconds late = *timeout_ - left;
  return left > nanoseconds{0} ? possible_lateness(late, since_last) : nanoseconds{0};
}

nanoseconds possible_lateness(nanoseconds late, nanoseconds since_last) {
  const bool possible = late > nanoseconds{0} && late <= since_last + platform_clock_step;
  return possible ? std::min(late, since_last) : nanoseconds{0};
}

nanoseconds head_start(nanoseconds late, nanoseconds waited) {
  return waited + std::max(late - waited - platform_clock_step, nanoseconds{0});
}

void InvocationStart::learn(const std::optional<WallTime>& deadline, const std::optional<WallTime>& started) {
  if (learned_ || !deadline || !started) return;
  const nanoseconds timeout = *deadline - *started;
  if (timeout <= nanoseconds{0} || timeout > longest_timeout) return;
  timeout_ = timeout;
  learned_ = true;
}

}  // namespace vitals
