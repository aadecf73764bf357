// Schedule: when the timer inside a window ticks, so that sampling costs the function next to nothing. Pure.
//
// Lambda gives a function and its extensions together a share of the CPU that follows the memory size: 0.072 of one CPU
// at 128 MB. A tick takes from that share. So with `auto` everything that the extension uses in a window, ticks and the
// rest, stays below a budget that is a share of it, too:
//   - at first a burst: 3 ms of CPU with a whole CPU, less by the square of the share, because a tick that costs c
//   delays
//     a function that is CPU-bound by c / share; 0.25 ms at least, which is what a window costs without ticks;
//   - later 1/1050 of the CPU that the function has had, so that no window of 10 s or more costs more than 0.1 % of it.
// Within the budget, ticks come every 2 ms at first, ever less often, and every 18 ms in the end; with a share of the
// CPU all of it is that much slower.
//
// A fixed interval is kept as it is set, whatever it costs.
#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace vitals {

class Schedule {
 public:
  // With a whole CPU: the interval at the start of a window, and the one that it grows to.
  static constexpr std::chrono::nanoseconds first_interval = std::chrono::milliseconds{2};
  static constexpr std::chrono::nanoseconds steady_interval = std::chrono::milliseconds{18};
  // The budget of a window after `elapsed`: the larger of burst(share) + share * elapsed / slow_divisor and
  // share * elapsed / steady_divisor.
  static constexpr std::chrono::nanoseconds full_burst = std::chrono::milliseconds{3};
  static constexpr std::chrono::nanoseconds least_burst = std::chrono::microseconds{250};
  static constexpr double slow_divisor = 1600;
  static constexpr double steady_divisor = 1050;
  static constexpr double least_share = 0.001;

  // `fixed` is the setting's interval; absent: auto. A whole CPU is assumed until set_cpu_share().
  explicit Schedule(std::optional<std::chrono::milliseconds> fixed = std::nullopt) : fixed_(fixed) {}

  // The CPU that the function has, in CPUs: 1 and more count as 1.
  void set_cpu_share(double cpus);

  // A window opens. `own_cpu`: the CPU time of this process so far. What a tick costs, and what the last window cost
  // beside its ticks, is kept as what to expect.
  void start(SteadyTime now, std::chrono::nanoseconds own_cpu);

  // A tick that started at `now` cost `cost` of CPU time, the wake-up included.
  void ticked(SteadyTime now, std::chrono::nanoseconds cost);

  // When the next tick is due: after the last one, or after start().
  [[nodiscard]] SteadyTime next() const { return next_; }

 private:
  void plan(SteadyTime now);

  std::optional<std::chrono::nanoseconds> fixed_;
  double share_ = 1;
  std::chrono::nanoseconds burst_ = full_burst;
  SteadyTime started_{};
  SteadyTime next_{};
  std::optional<std::chrono::nanoseconds> own_cpu_at_start_;
  std::chrono::nanoseconds ticks_{};     // CPU time of this window's ticks
  std::chrono::nanoseconds rest_{};      // what to expect of this window beside its ticks
  std::chrono::nanoseconds expected_{};  // of the next tick: the larger of the last one and a slowly falling average
};

}  // namespace vitals
