// EnvironmentUsage: what everything on a Managed Instance used in an interval: counters at its two ends, and samples
// within it for peaks and averages. While invocations are in flight, CPU time is sampled once a second and memory every
// 50 ms, less often if samples are so expensive that they would exceed the budget of sampling/schedule.h. Otherwise
// both are sampled once a second.
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
#include "sampling/schedule.h"
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

  Instruments& instruments_;
  Schedule schedule_;
  bool begun_ = false;
  TimePoint began_;
  TimePoint ended_;
  Sample from_;  // at the interval's beginning
  Sample to_;    // the newest
  bool to_is_end_ = false;
  SteadyTime sampled_{};
  std::optional<TimePoint> cpu_at_;  // the last sample of CPU time, and its value
  std::chrono::nanoseconds cpu_then_{};
  double cpus_used_max_ = 0;  // CPU time by wall time
  Peaks peaks_;
  std::uint64_t memory_max_ = 0;  // of all processes, bytes
  std::uint64_t memory_sum_ = 0;  // MB/1024, so that an hour of samples does not overflow
  std::uint64_t memory_samples_ = 0;
};

}  // namespace vitals
