// Managed: the life cycle of Managed Instances, where an environment runs many invocations at once. A record for each
// invocation, from platform.start and platform.report, and one of the environment in every interval.
//
//   platform.start, platform.report --> InFlight ---------> a record of the invocation
//   ticks ----------------------------> EnvironmentUsage -> a record of the environment
//
// CPU, memory, storage and network are only those of the environment: concurrent invocations share them, and an
// invocation's share would be a guess.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "config/settings.h"
#include "invocation/environment.h"
#include "invocation/in_flight.h"
#include "invocation/instruments.h"
#include "invocation/life_cycle.h"
#include "invocation/lines.h"
#include "invocation/sandbox_state.h"
#include "record/record_sink.h"

namespace vitals {

class Managed final : public LifeCycle {
 public:
  // `instruments` and `sink` must outlive this. `machine_memory`: bytes, used if platform.initStart does not report the
  // environment's memory.
  Managed(const Settings& settings, SandboxState sandbox, Instruments& instruments, RecordSink& sink,
          std::optional<std::uint64_t> machine_memory);

  void on_subscription(lambda::Subscription state) override;
  // The first interval begins.
  void on_first_request(const TimePoint& now) override;

  // INVOKE cannot be registered, so none comes.
  [[nodiscard]] bool is_repeated(const lambda::InvokeEvent& /*event*/) const override { return true; }
  void before_request(const TimePoint& /*now*/) override {}
  void on_invoke(const lambda::InvokeEvent& /*event*/, const TimePoint& /*now*/) override {}
  void on_other_event(const TimePoint& /*now*/) override {}

  void on_telemetry(const lambda::TelemetryBatch& batch, const TimePoint& now,
                    const std::function<bool()>& event_arrived) override;
  void on_shutdown(const lambda::ShutdownEvent& event, const TimePoint& now) override;
  void on_availability_zone(std::string_view zone) override { sandbox_.availability_zone = zone; }
  [[nodiscard]] std::optional<SteadyTime> next_tick(const TimePoint& now) const override;
  void on_tick(const TimePoint& now) override;
  [[nodiscard]] std::optional<SteadyTime> hold_until(const TimePoint& /*now*/) const override { return std::nullopt; }
  [[nodiscard]] std::optional<SteadyTime> reports_until(const TimePoint& now) const override;
  [[nodiscard]] std::optional<SteadyTime> exit_deadline() const override { return exit_deadline_; }
  void release(const TimePoint& now) override;
  void end(const TimePoint& now) override;

 private:
  // Counts of the invocations of an interval.
  struct Counts {
    std::int64_t invocations = 0;
    std::int64_t errors = 0;
    std::int64_t timeouts = 0;
    std::uint64_t concurrency_max = 0;
    // The time that all invocations have spent in the interval. An end that is reported only in the next interval is
    // subtracted there.
    std::chrono::nanoseconds busy{};
    bool doubtful = false;  // telemetry was dropped
  };

  void begin_interval(const TimePoint& now);
  void end_interval(const TimePoint& now);
  void write_invocation(const Flight& flight, const lambda::TelemetryEvent* report);
  void write_lines(const TimePoint& now);
  void write_environment(const TimePoint& now);
  void count(const Flight& flight, const lambda::TelemetryEvent* report, std::string_view status);
  void report_evicted();
  [[nodiscard]] std::optional<std::uint64_t> memory_bytes() const;
  [[nodiscard]] std::chrono::nanoseconds since_interval_began(WallTime from, WallTime to) const;

  Instruments& instruments_;
  RecordSink& sink_;  // for the environment's records
  Lines lines_;       // for those of invocations
  SandboxState sandbox_;
  std::chrono::seconds interval_;
  std::optional<std::uint64_t> machine_memory_;
  InFlight in_flight_;
  EnvironmentUsage usage_;
  SteadyTime interval_ends_{};
  Counts counts_;
  std::optional<std::int64_t> instance_memory_mb_;
  std::string instance_id_;
  std::string shutdown_reason_;
  WallTime now_wall_{};  // at the newest call
  bool first_line_ = true;
  bool telemetry_expected_ = false;
  bool eviction_reported_ = false;
  bool batch_after_shutdown_ = false;
  std::optional<SteadyTime> exit_deadline_;
  SteadyTime last_wait_{};
};

}  // namespace vitals
