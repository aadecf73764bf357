#include "sampling/schedule.h"

#include <algorithm>

namespace vitals {

using std::chrono::nanoseconds;

namespace {

nanoseconds scaled(nanoseconds time, double factor) {
  return nanoseconds{static_cast<std::int64_t>(static_cast<double>(time.count()) * factor)};
}

}  // namespace

void Schedule::set_cpu_share(double cpus) {
  share_ = std::clamp(cpus, least_share, 1.0);
  burst_ = std::max(least_burst, scaled(full_burst, share_ * share_));
  most_saved_ = scaled(most_saved, share_);
  saved_ = own_cpu_at_start_ ? std::min(saved_, most_saved_) : most_saved_;
  spare_ = saved_;
}

// Pays the cost of Pss since the last call from the savings; returns what they did not cover.
nanoseconds Schedule::pay(nanoseconds pss) {
  const nanoseconds cost = std::max(pss - pss_, nanoseconds{0});
  pss_ += cost;
  const nanoseconds covered = std::min(cost, saved_);
  saved_ -= covered;
  return cost - covered;
}

void Schedule::start(SteadyTime now, nanoseconds own_cpu, nanoseconds pss) {
  beyond_ += pay(pss);
  own_cpu -= pss_;
  if (own_cpu_at_start_) {
    const nanoseconds rest = std::max(own_cpu - *own_cpu_at_start_ - ticks_, nanoseconds{0});
    rest_ = std::min(rest, burst_);
    saved_ =
        std::clamp(saved_ + budget_ - beyond_ - rest - (fixed_ ? nanoseconds{0} : ticks_), nanoseconds{0}, most_saved_);
  }
  own_cpu_at_start_ = own_cpu;
  started_ = now;
  // One expensive tick, or one expensive window, must not stop all later ticks: nothing would correct it.
  expected_ /= 2;
  ticks_ = beyond_ = nanoseconds{0};
  plan(now);
}

void Schedule::ticked(SteadyTime now, nanoseconds cost, nanoseconds pss) {
  cost = std::max(cost - std::max(pss - pss_, nanoseconds{0}), nanoseconds{0});
  beyond_ += pay(pss);
  ticks_ += cost;
  // One tick that was interrupted must not stop the next ones, so the average decreases only slowly.
  expected_ = std::max(cost, expected_ - expected_ / 4);
  plan(now);
}

void Schedule::plan(SteadyTime now) {
  const nanoseconds elapsed = now - started_;
  const nanoseconds needed = rest_ + ticks_ + beyond_ + expected_;
  budget_ = std::max(burst_ + scaled(elapsed, share_ / slow_divisor), scaled(elapsed, share_ / steady_divisor));
  // Whoever sets a fixed interval accepts the cost of its ticks.
  spare_ = saved_ + std::max(budget_ - needed + (fixed_ ? ticks_ + expected_ : nanoseconds{0}), nanoseconds{0});
  if (fixed_) {
    next_ = now + std::max<nanoseconds>(*fixed_, std::chrono::milliseconds{1});
    return;
  }
  // A tenth of the elapsed time: ticks at 2, 4, …, 20 ms, then ever further apart, up to the steady interval.
  const nanoseconds wished =
      std::clamp(elapsed / 10, scaled(first_interval, 1 / share_), scaled(steady_interval, 1 / share_));
  // The moment at which the budget allows one more tick of the expected cost.
  const nanoseconds affordable =
      std::min(scaled(needed - burst_, slow_divisor / share_), scaled(needed, steady_divisor / share_));
  next_ = std::max(now + wished, started_ + affordable);
}

}  // namespace vitals
