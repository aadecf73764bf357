// EnvironmentUsage: what everything on a Managed Instance used in an interval: counters at its two ends, and samples
// within it for peaks and averages. While invocations are in flight, CPU time is sampled once a second and memory every
// 50 ms, less often if samples are so expensive that they would exceed the budget of sampling/steady_budget.h.
// Otherwise both are sampled once a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "config/settings.h"
#include "invocation/instruments.h"
#include "invocation/sandbox_state.h"
#include "record/invocation_record.h"
#include "sampling/sample.h"
#include "sampling/steady_budget.h"
#include "sampling/usage.h"

namespace vitals {

class EnvironmentUsage {
 public:
  static constexpr std::chrono::milliseconds memory_interval{50};
  static constexpr std::chrono::seconds cpu_interval{1};

  // `instruments` must outlive this.
  EnvironmentUsage(const Settings& settings, Instruments& instruments);

  // An interval begins: reads everything. If the previous one has just ended at the same moment, nothing is read.
  void begin(const TimePoint& now);
  [[nodiscard]] bool has_begun() const { return begun_; }
  [[nodiscard]] const TimePoint& begun_at() const { return began_; }

  // The next sample. `busy`: invocations are in flight.
  [[nodiscard]] SteadyTime next(bool busy) const;
  void sample(const TimePoint& now, SandboxState& sandbox);

  // The interval ends: reads everything.
  void end(const TimePoint& now, SandboxState& sandbox);
  // Sets the fields of the interval. `memory_bytes`: of the environment, if known.
  void describe(InvocationRecord& record, const SandboxState& sandbox, std::optional<std::uint64_t> memory_bytes) const;

 private:
  void add_cpu(const Sample& sample);
  void add(const Gauges& gauges, SandboxState& sandbox);
  void add_memory(const Gauges& gauges);
  void pay(SteadyTime now, std::chrono::nanoseconds cost, std::chrono::nanoseconds pss_so_far);
  void describe_memory(InvocationRecord& record, std::uint64_t memory_bytes,
                       const std::optional<std::uint64_t>& peak) const;

  Instruments& instruments_;
  std::optional<std::chrono::milliseconds> fixed_interval_;  // between samples, by the settings
  SteadyBudget budget_;
  std::chrono::nanoseconds pss_paid_{};
  bool begun_ = false;
  TimePoint began_;
  TimePoint ended_;
  Sample from_;  // at the interval's beginning
  Sample to_;    // the newest
  bool to_is_end_ = false;
  SteadyTime sampled_{};
  std::optional<TimePoint> cpu_at_;  // the last sample of CPU time, and what it was
  std::chrono::nanoseconds cpu_then_{};
  double cpus_used_max_ = 0;  // CPU time a time
  Peaks peaks_;
  std::uint64_t memory_max_ = 0;  // of everything, bytes
  // The last sample, where its memory was known, for the average over the time between two such.
  std::optional<SteadyTime> memory_at_;
  double memory_then_ = 0;      // bytes
  double memory_integral_ = 0;  // bytes × nanoseconds
  std::chrono::nanoseconds memory_known_{};
  std::optional<SteadyTime> function_since_;  // the first sample that found a process of the function
};

}  // namespace vitals
