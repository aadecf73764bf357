#include "sampling/schedule.h"

#include <algorithm>

namespace vitals {

using std::chrono::nanoseconds;

void Schedule::start(SteadyTime now) {
  started_ = now;
  // One dear tick must not silence all later windows, as there would be no further tick to know better from.
  expected_ /= 2;
  spent_ = nanoseconds{0};
  plan(now);
}

void Schedule::ticked(SteadyTime now, nanoseconds cost) {
  cost = std::max(cost, nanoseconds{0});
  spent_ += cost;
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
  const nanoseconds wished = std::clamp<nanoseconds>(elapsed / 10, first_interval, steady_interval);
  // The moment at which the bound allows one more tick of the expected cost.
  const nanoseconds affordable = (spent_ + expected_ - burst) * cost_divisor;
  next_ = std::max(now + wished, started_ + affordable);
}

}  // namespace vitals
