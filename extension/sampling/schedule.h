// Schedule: when the timer inside a window ticks. Pure: it is told the time and what a tick cost, and tells when the
// next one is due.
//
// `auto`: fine at first, because most invocations are short, then every 20 ms, because a spike that lives that long is
// to be seen in a long invocation, too; but never dearer than its bound: all ticks of a window together cost at most a
// burst of 3 ms at its start and 1/1100 of the time since, as far as the cost of the next tick can be told from the
// last ones. From 33 s on that is no more than 0.1 % of the window. A tick of 18 µs may come every 20 ms; with a
// thousand processes (3 ms) one every 3.3 s.
//
// A fixed interval is kept as it is set, whatever it costs.
#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace vitals {

class Schedule {
 public:
  // The fine interval at the start of a window, and the interval it backs off to.
  static constexpr std::chrono::nanoseconds first_interval = std::chrono::milliseconds{2};
  static constexpr std::chrono::nanoseconds steady_interval = std::chrono::milliseconds{18};
  // The bound: cost of all ticks ≤ burst + elapsed / cost_divisor.
  static constexpr std::chrono::nanoseconds burst = std::chrono::milliseconds{3};
  static constexpr int cost_divisor = 1100;

  // `fixed` is the setting's interval; absent: auto.
  explicit Schedule(std::optional<std::chrono::milliseconds> fixed = std::nullopt) : fixed_(fixed) {}

  // A window opens: what is known of the cost of a tick is kept, everything else starts anew.
  void start(SteadyTime now);

  // A tick that began at `now` cost `cost` (of the processor, or of the steady clock, which is never less).
  void ticked(SteadyTime now, std::chrono::nanoseconds cost);

  // When the next tick is due: after the last one, or after start().
  [[nodiscard]] SteadyTime next() const { return next_; }

 private:
  void plan(SteadyTime now);

  std::optional<std::chrono::nanoseconds> fixed_;
  SteadyTime started_{};
  SteadyTime next_{};
  std::chrono::nanoseconds spent_{};     // by the ticks of this window
  std::chrono::nanoseconds expected_{};  // of the next tick: the dearer of the last one and a slowly falling average
};

}  // namespace vitals
