#include "invocation/function_timeout.h"

#include <utility>

namespace vitals {

using std::chrono::nanoseconds;
using std::chrono::seconds;

namespace {

// How far this clock may be behind the platform's.
constexpr std::chrono::milliseconds clock_tolerance{5};

// How far a deadline less a start may be from the setting. The platform truncates both to milliseconds.
constexpr std::chrono::milliseconds setting_tolerance{100};

// Deadlines are rounded up to the setting. This is a second, less what may pass before the first event is requested.
constexpr std::chrono::milliseconds certain_delay{900};

}  // namespace

std::optional<seconds> timeout_setting(WallTime deadline, WallTime start) {
  const nanoseconds timeout = deadline - start;
  const auto setting = std::chrono::round<seconds>(timeout);
  const bool close = std::chrono::abs(timeout - setting) <= setting_tolerance;
  return close && setting >= seconds{1} && setting <= longest_timeout ? std::optional{setting} : std::nullopt;
}

void FunctionTimeout::on_invoke(const std::optional<WallTime>& deadline, const TimePoint& arrived,
                                nanoseconds since_last) {
  if (!deadline) return;
  const nanoseconds left = *deadline - arrived.wall;
  const bool is_first = !std::exchange(invoked_, true);
  if (left <= nanoseconds{0} || left > longest_timeout) return;
  if (!of_invoke_) read_setting(left, is_first, since_last);
  // The first deadline may be that of an invocation with its init phase in it, which can be longer than a second.
  const bool may_have_init = is_first && since_last >= seconds{1};
  if (source_ != Source::none || may_have_init) return;
  estimate_ = std::chrono::ceil<seconds>(left - clock_tolerance);
  source_ = Source::deadline;
}

// `since_last`: the invocation did not start before, but for the init phase that the first may have in it.
void FunctionTimeout::read_setting(nanoseconds left, bool is_first, nanoseconds since_last) {
  const auto reading = std::chrono::ceil<seconds>(left - clock_tolerance);
  if (since_last < certain_delay || last_reading_ == reading) of_invoke_ = reading;
  if (!is_first) last_reading_ = reading;
}

void FunctionTimeout::on_start(WallTime deadline, WallTime start) {
  const Vote vote{start, deadline - start};
  if (vote.timeout <= nanoseconds{0} || vote.timeout > longest_timeout + start_tolerance) return;
  const auto near = [&vote](nanoseconds other) { return std::chrono::abs(other - vote.timeout) <= start_tolerance; };
  bool agreed = false;
  for (const auto& other : votes_) {
    if (!other) continue;
    if (other->start == vote.start && other->timeout == vote.timeout) return;
    agreed |= other->start != vote.start && near(other->timeout);
  }
  votes_.at(next_vote_) = vote;
  next_vote_ = (next_vote_ + 1) % votes_.size();
  if (agreed && !(proven_ && near(*proven_))) proven_ = vote.timeout;
}

void FunctionTimeout::on_own_start(const std::optional<WallTime>& deadline, WallTime start) {
  if (!deadline) return;
  if (!of_start_) of_start_ = timeout_setting(*deadline, start);
  if (source_ == Source::start) return;
  const nanoseconds timeout = *deadline - start;
  if (timeout <= nanoseconds{0} || timeout > longest_timeout) return;
  estimate_ = timeout;
  source_ = Source::start;
}

}  // namespace vitals
