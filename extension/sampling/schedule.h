// Schedule: when the timer inside a window ticks, so that sampling costs the function almost nothing. Pure.
//
// Lambda gives a function and its extensions together a share of the CPU that follows the memory size: 0.072 of one CPU
// at 128 MB. A tick takes from that share. With `auto`, everything that the extension uses in a window, ticks and the
// rest, therefore stays below a budget in proportion to the share:
//   - first a burst: 3 ms of CPU with a whole CPU, less by the square of the share, because a tick that costs c delays
//   a
//     function that is CPU-bound by c / share; at least 0.25 ms, which is what a window costs without ticks;
//   - later 1/1050 of the CPU that the function has had, so that a window of 10 s or more costs at most 0.1 % of it.
// Within the budget, ticks come every 2 ms at first, then less and less often, and every 18 ms in the end; with a
// smaller share of the CPU all of it is slower in proportion.
//
// Reading Pss (sampling/resident_memory.h) is paid from the same budget. It is expensive and rare, so the unused budget
// of windows is saved for it, up to 6 ms of CPU with a whole CPU and in proportion with less. A sandbox starts with
// that amount, because the first sample of several programs needs it. What a reading costs beyond the savings counts
// for the window, and delays its ticks.
//
// A fixed interval is used as it is set, whatever it costs.
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
  static constexpr std::chrono::nanoseconds most_saved = std::chrono::milliseconds{6};

  // `fixed` is the setting's interval; absent: auto. Assumes a whole CPU until set_cpu_share().
  explicit Schedule(std::optional<std::chrono::milliseconds> fixed = std::nullopt) : fixed_(fixed) {}

  // The CPU that the function has, in CPUs: 1 and more count as 1.
  void set_cpu_share(double cpus);

  // A window opens. `own_cpu`: the CPU time of this process so far, `pss`: the part of it for reading Pss. The cost of
  // a tick, and of the last window without its ticks, is kept as the expected cost.
  void start(SteadyTime now, std::chrono::nanoseconds own_cpu, std::chrono::nanoseconds pss = {});

  // A tick that started at `now` cost `cost` of CPU time, the wake-up included. `pss` as above.
  void ticked(SteadyTime now, std::chrono::nanoseconds cost, std::chrono::nanoseconds pss = {});

  // CPU time that may be spent on Pss until the next tick or window.
  [[nodiscard]] std::chrono::nanoseconds spare() const { return spare_; }

  // When the next tick is due: after the last one, or after start().
  [[nodiscard]] SteadyTime next() const { return next_; }

 private:
  void plan(SteadyTime now);
  [[nodiscard]] std::chrono::nanoseconds pay(std::chrono::nanoseconds pss);

  std::optional<std::chrono::nanoseconds> fixed_;
  double share_ = 1;
  std::chrono::nanoseconds burst_ = full_burst;
  SteadyTime started_{};
  SteadyTime next_{};
  std::optional<std::chrono::nanoseconds> own_cpu_at_start_;
  std::chrono::nanoseconds ticks_{};     // CPU time of this window's ticks, without Pss
  std::chrono::nanoseconds rest_{};      // expected cost of this window without its ticks
  std::chrono::nanoseconds expected_{};  // of the next tick: the larger of the last one and a slowly falling average
  std::chrono::nanoseconds beyond_{};    // cost of Pss in this window beyond the savings
  std::chrono::nanoseconds most_saved_ = most_saved;
  std::chrono::nanoseconds saved_ = most_saved;
  std::chrono::nanoseconds pss_{};     // of all windows, so far
  std::chrono::nanoseconds budget_{};  // of this window, at the last tick
  std::chrono::nanoseconds spare_ = most_saved;
};

}  // namespace vitals
