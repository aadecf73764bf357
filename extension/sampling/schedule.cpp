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
}

void Schedule::start(SteadyTime now, nanoseconds own_cpu) {
  started_ = now;
  // One expensive tick, or one expensive window, must not silence all later windows: nothing would correct it.
  expected_ /= 2;
  if (own_cpu_at_start_) rest_ = std::clamp(own_cpu - *own_cpu_at_start_ - ticks_, nanoseconds{0}, burst_);
  own_cpu_at_start_ = own_cpu;
  ticks_ = nanoseconds{0};
  plan(now);
}

void Schedule::ticked(SteadyTime now, nanoseconds cost) {
  cost = std::max(cost, nanoseconds{0});
  ticks_ += cost;
  // One tick that was interrupted must not silence the next ones, so the average follows slowly downwards only.
  expected_ = std::max(cost, expected_ - expected_ / 4);
  plan(now);
}

void Schedule::plan(SteadyTime now) {
  if (fixed_) {
    next_ = now + std::max<nanoseconds>(*fixed_, std::chrono::milliseconds{1});
    return;
  }
  // A tenth of what has passed: ticks at 2, 4, …, 20 ms, then ever further apart, up to the steady interval.
  const nanoseconds elapsed = now - started_;
  const nanoseconds wished =
      std::clamp(elapsed / 10, scaled(first_interval, 1 / share_), scaled(steady_interval, 1 / share_));
  // The moment at which the budget allows one more tick of the expected cost.
  const nanoseconds needed = rest_ + ticks_ + expected_;
  const nanoseconds affordable =
      std::min(scaled(needed - burst_, slow_divisor / share_), scaled(needed, steady_divisor / share_));
  next_ = std::max(now + wished, started_ + affordable);
}

}  // namespace vitals
