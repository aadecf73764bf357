// SteadyBudget: what sampling may cost where it never ends, as on Managed Instances: 1/1050 of one CPU, so that all of
// it stays below 0.1 %. Pure.
//
// A half is for samples. The other half is for Pss (sampling/resident_memory.h), which is what the memory of several
// processes takes: without a share of its own nothing would be left for it, as samples take all that they may. What is
// not spent is saved, up to a bound, and a budget begins with savings.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/clock.h"

namespace vitals {

class SteadyBudget {
 public:
  static constexpr double divisor = 2 * 1050;  // of the time, for each half
  static constexpr std::chrono::nanoseconds first_savings = std::chrono::milliseconds{3};
  static constexpr std::chrono::nanoseconds most_savings = std::chrono::milliseconds{30};

  // Sampling begins. Again: what was saved is kept.
  void start(SteadyTime now) {
    if (!at_) at_ = now;
  }

  // A sample at `now` cost `cost` of CPU time, and of that reading Pss `pss`.
  void spent(SteadyTime now, std::chrono::nanoseconds cost, std::chrono::nanoseconds pss) {
    earn(now);
    const auto sample = std::max(cost - pss, std::chrono::nanoseconds{0});
    samples_ -= sample;
    pss_ -= pss;
    // One expensive sample must not silence the next ones for long.
    expected_ = std::max(sample, expected_ - expected_ / 4);
  }

  // When the next sample can be paid for.
  [[nodiscard]] SteadyTime next() const {
    const auto missing = std::max(expected_ - samples_, std::chrono::nanoseconds{0});
    return at_.value_or(SteadyTime{}) + scaled(missing, divisor);
  }

  // What may be spent on Pss now.
  [[nodiscard]] std::chrono::nanoseconds for_pss() const { return std::max(pss_, std::chrono::nanoseconds{0}); }

 private:
  static std::chrono::nanoseconds scaled(std::chrono::nanoseconds time, double factor) {
    return std::chrono::nanoseconds{static_cast<std::int64_t>(static_cast<double>(time.count()) * factor)};
  }
  void earn(SteadyTime now) {
    const auto earned = scaled(now - at_.value_or(now), 1 / divisor);
    // What Pss does not need is for samples.
    const auto beyond = std::max(pss_ + earned - most_savings, std::chrono::nanoseconds{0});
    pss_ = std::min(pss_ + earned, most_savings);
    samples_ = std::min(samples_ + earned + beyond, most_savings);
    at_ = now;
  }

  std::optional<SteadyTime> at_;  // until when the savings are counted
  std::chrono::nanoseconds samples_ = first_savings;
  std::chrono::nanoseconds pss_ = 2 * first_savings;  // the first sample of several programs needs it
  std::chrono::nanoseconds expected_{};               // of the next sample
};

}  // namespace vitals
