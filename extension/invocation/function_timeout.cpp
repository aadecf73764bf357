#include "invocation/function_timeout.h"

#include <utility>

namespace vitals {

using std::chrono::nanoseconds;
using std::chrono::seconds;

namespace {

// How far this clock may be behind the platform's.
constexpr std::chrono::milliseconds clock_tolerance{5};

}  // namespace

void FunctionTimeout::on_invoke(const std::optional<WallTime>& deadline, const TimePoint& arrived,
                                nanoseconds since_last) {
  if (!deadline) return;
  const nanoseconds left = *deadline - arrived.wall;
  // The first deadline may be that of an invocation with its init phase in it, which can be longer than a second.
  const bool may_have_init = !std::exchange(invoked_, true) && since_last >= seconds{1};
  if (source_ != Source::none || may_have_init || left <= nanoseconds{0} || left > longest_timeout) return;
  estimate_ = std::chrono::ceil<seconds>(left - clock_tolerance);
  source_ = Source::deadline;
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
  if (source_ == Source::start || !deadline) return;
  const nanoseconds timeout = *deadline - start;
  if (timeout <= nanoseconds{0} || timeout > longest_timeout) return;
  estimate_ = timeout;
  source_ = Source::start;
}

}  // namespace vitals
