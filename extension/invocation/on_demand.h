// OnDemand: the life cycle of a sandbox that runs one invocation at a time (on-demand, provisioned concurrency,
// SnapStart). One record for every INVOKE, in invocation order.
//
//   event -> sample -> difference -> record
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "config/settings.h"
#include "invocation/instruments.h"
#include "invocation/life_cycle.h"
#include "invocation/lines.h"
#include "invocation/sandbox_state.h"
#include "invocation/telemetry_state.h"
#include "invocation/windows.h"
#include "lambda/extension_events.h"
#include "lambda/telemetry_events.h"
#include "record/record_sink.h"
#include "sampling/schedule.h"

namespace vitals {

class OnDemand final : public LifeCycle {
 public:
  // `instruments` and `sink` must outlive this.
  OnDemand(const Settings& settings, SandboxState sandbox, Instruments& instruments, RecordSink& sink,
           const TimePoint& now);

  // Without telemetry the host is an emulator: there the memory size limits no CPU time.
  void on_subscription(lambda::Subscription state) override;

  // Takes one sample and discards it, so that the first sample that counts does not pay for opening files and for code
  // that has never run.
  void on_first_request(const TimePoint& now) override;

  [[nodiscard]] bool is_repeated(const lambda::InvokeEvent& event) const override {
    return windows_.is_repeated(event);
  }

  // Reads what must be read before the sandbox can freeze: whether it was restored from a snapshot since the last
  // invocation, and the counters between two invocations, or between init and the first.
  void before_request(const TimePoint& now) override;

  void on_invoke(const lambda::InvokeEvent& event, const TimePoint& now) override;
  void on_other_event(const TimePoint& now) override;
  void on_telemetry(const lambda::TelemetryBatch& batch, const TimePoint& now,
                    const std::function<bool()>& event_arrived) override;
  void on_shutdown(const lambda::ShutdownEvent& event, const TimePoint& now) override;

  void on_availability_zone(std::string_view zone) override { sandbox_.availability_zone = zone; }

  // Absent while no window is open.
  [[nodiscard]] std::optional<SteadyTime> next_tick(const TimePoint& now) const override;
  void on_tick(const TimePoint& now) override;

  // Sync mode: event/next is held until the open window has closed, until the runtime has exited, or until just before
  // the deadline. A window closes with platform.runtimeDone, or a moment after the runtime polled again; values that
  // are missing by then are absent. There is no hold if telemetry is not promised or was just lost.
  [[nodiscard]] std::optional<SteadyTime> hold_until(const TimePoint& now) const override;
  [[nodiscard]] std::optional<SteadyTime> reports_until(const TimePoint& now) const override;
  [[nodiscard]] std::optional<SteadyTime> exit_deadline() const override { return exit_deadline_; }
  void release(const TimePoint& now) override;
  void end(const TimePoint& now) override;

 private:
  void look_for_restore(const TimePoint& now);
  void start_again(const TimePoint& now);
  bool read_opening();
  void close_window(CloseReason reason, std::optional<SteadyTime> end);
  [[nodiscard]] bool kernel_killed();
  void sample_gauges(Window& window, SteadyTime now);
  void hand_out(const TimePoint& now);
  void observe_runtime(const TimePoint& now);
  [[nodiscard]] std::optional<SteadyTime> observed_end(SteadyTime now);
  [[nodiscard]] bool watches_runtime() const;
  void update_expected_reports();
  void on_runtime_gone();

  // Sync mode: whether event/next is held for the open window.
  enum class Hold : std::uint8_t {
    none,
    until_end,    // until the window closes
    runtime_gone  // no longer: the runtime exited, or no process was found, so the end may never be reported
  };

  Instruments& instruments_;
  Lines lines_;
  Emit emit_;
  SandboxState sandbox_;
  Windows windows_;
  Schedule schedule_;
  Sample sample_;  // the newest, its memory reused; between two windows it has the counters of the last one's end

  std::optional<Lifetime> lifetime_;              // of this process when it was last examined
  std::optional<TimePoint> invoked_;              // before_request() has read the counters in sample_
  std::optional<std::uint64_t> process_changes_;  // Gauges::process_changes when the kernel's counter was last read
  TelemetryState telemetry_;
  Hold hold_ = Hold::none;
  // Sync mode: the runtime polled again, and runtimeDone is awaited until then.
  struct Overdue {
    SteadyTime end;
    SteadyTime until;
  };
  std::optional<Overdue> overdue_;
  std::optional<SteadyTime> exit_deadline_;
  SteadyTime last_wait_{};  // after SHUTDOWN: the end of the wait for a report
  // This process's time at the end of the last tick, if nothing else has happened since: the time until the next tick
  // begins is that of its wake-up.
  std::optional<std::chrono::nanoseconds> cpu_after_tick_;
};

}  // namespace vitals
