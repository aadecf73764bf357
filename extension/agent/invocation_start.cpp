#include "agent/invocation_start.h"

#include <algorithm>

namespace vitals {

using std::chrono::nanoseconds;
using std::chrono::seconds;

namespace {

constexpr std::chrono::minutes longest_timeout{15};

// Of CFS bandwidth control.
constexpr std::chrono::milliseconds quota_period{20};

}  // namespace

nanoseconds cpu_at_risk(nanoseconds late, std::uint64_t threads, double vcpus) {
  if (late <= nanoseconds{0}) return nanoseconds{0};
  const double busy = static_cast<double>(late.count()) * std::max(1.0, std::min(vcpus, static_cast<double>(threads)));
  const double allowed = static_cast<double>((late + quota_period).count()) * vcpus;
  return nanoseconds{static_cast<std::int64_t>(std::min(busy, allowed))};
}

nanoseconds InvocationStart::lateness(const std::optional<WallTime>& deadline, const TimePoint& arrived,
                                      nanoseconds since_last) {
  if (!deadline) return nanoseconds{0};
  const nanoseconds left = *deadline - arrived.wall;
  if (!timeout_ && left > nanoseconds{0} && left <= longest_timeout) timeout_ = std::chrono::ceil<seconds>(left);
  if (!timeout_) return nanoseconds{0};
  const nanoseconds late = *timeout_ - left;
  const bool possible = late > nanoseconds{0} && left > nanoseconds{0} && late <= since_last;
  return possible ? late : nanoseconds{0};
}

void InvocationStart::learn(const std::optional<WallTime>& deadline, const std::optional<WallTime>& started) {
  if (learned_ || !deadline || !started) return;
  const nanoseconds timeout = *deadline - *started;
  if (timeout <= nanoseconds{0} || timeout > longest_timeout) return;
  timeout_ = timeout;
  learned_ = true;
}

}  // namespace vitals
