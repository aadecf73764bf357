// Recorder: turns what happens in the sandbox into records. It is told of every event and of the timer's ticks, reads
// the instruments at the right moments, and hands out one record for every INVOKE, in invocation order. It waits for
// nothing itself: what it wants to be called for, and when, it says. agent.h does the waiting.
//
//   event -> sample -> difference -> record
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "config/settings.h"
#include "invocation/instruments.h"
#include "invocation/sandbox_state.h"
#include "invocation/windows.h"
#include "lambda/extension_events.h"
#include "lambda/telemetry_events.h"
#include "record/invocation_record.h"
#include "sampling/schedule.h"

namespace vitals {

class Recorder {
 public:
  // What is called with each record, whose texts are good during the call alone.
  using RecordHandler = std::function<void(const InvocationRecord& record)>;

  // `instruments` and `clock` must outlive the recorder.
  Recorder(const Settings& settings, SandboxState sandbox, Instruments& instruments, const Clock& clock,
           RecordHandler handler);

  // The platform has promised telemetry.
  void expect_telemetry();

  // An emulator runs the function: it has no telemetry, and the memory size limits no CPU time.
  void telemetry_unsupported();

  // Whether this is the newest INVOKE once more: not to be told a second time.
  [[nodiscard]] bool is_repeated(const lambda::InvokeEvent& event) const { return windows_.is_repeated(event); }

  // The first event was asked for at `asked`, and the function still starts: reads everything once and throws it away,
  // so that the first sample that counts does not pay for opening files and for code that has never run.
  void warm_up(SteadyTime asked);

  // An INVOKE has come, and the next event is about to be asked for, after which the sandbox may freeze: reads what
  // must be read before: the counters between two invocations, or between init and the first.
  void before_request();

  // What happened.
  void on_invoke(const lambda::InvokeEvent& event);
  void on_other_event();  // that opens no window
  // `event_arrived`: whether the next event waits to be received. It may put right what the last window measured, so
  // that window's line waits for it. Null: no.
  void on_telemetry(const lambda::TelemetryBatch& batch, const std::function<bool()>& event_arrived = {});
  void on_shutdown(const lambda::ShutdownEvent& event);

  // To be called at the moment that next_tick() names; absent: no window is open. Ask anew after every event.
  [[nodiscard]] std::optional<SteadyTime> next_tick() const;
  void on_tick();

  // Sync mode: how long event/next is still to be held back, unless something happens before; absent: no longer. It is
  // held until the open window has closed, until the runtime has exited, or until just before the deadline. A window
  // closes with platform.runtimeDone, or a moment after the runtime was seen to poll again: what was lost by then is
  // missing on the line. Where telemetry is not promised, or has just been lost, nothing is held.
  [[nodiscard]] std::optional<SteadyTime> hold_until() const;

  // After SHUTDOWN: how long a report is still to be waited for, unless something happens before; absent: no longer.
  [[nodiscard]] std::optional<SteadyTime> reports_until() const;

  // After SHUTDOWN: when the platform ends this process (SIGKILL); absent before.
  [[nodiscard]] std::optional<SteadyTime> exit_deadline() const { return exit_deadline_; }

  // Whatever is closed becomes a record now.
  void release();

  // The extension ends without a SHUTDOWN: closes the open window and releases everything.
  void end();

 private:
  bool read_opening();
  void close_window(CloseReason reason, std::optional<SteadyTime> end);
  void sample_gauges(Window& window, SteadyTime now);
  void hand_out();
  void look_at_runtime(SteadyTime now);
  [[nodiscard]] std::optional<SteadyTime> observed_end();
  [[nodiscard]] bool watches_runtime() const;
  [[nodiscard]] bool telemetry_expected() const { return telemetry_promised_ || telemetry_seen_; }
  void tell_windows_what_to_expect();

  Instruments& instruments_;
  const Clock& clock_;
  RecordHandler handler_;
  Emit emit_;
  SandboxState sandbox_;
  Windows windows_;
  Schedule schedule_;
  Sample sample_;  // the newest, its memory used again; between two windows it has the counters of the last one's end

  std::optional<TimePoint> invoked_;  // before_request() has read the counters in sample_
  bool telemetry_promised_ = false;
  bool telemetry_seen_ = false;
  bool function_gone_ = false;  // in the open window the runtime was seen to have exited, or no process was found
  // Sync mode: telemetry told the end of the last invocation for which it was waited, or has told one since.
  bool trusts_telemetry_ = true;
  bool held_ = false;  // event/next is held back for the open window
  // Sync mode: the runtime was seen to poll again, and runtimeDone is waited for until then.
  struct Overdue {
    runtime::Ending ending;
    SteadyTime until;
  };
  std::optional<Overdue> overdue_;
  std::optional<SteadyTime> exit_deadline_;
  SteadyTime last_wait_{};  // after SHUTDOWN: for a report, at the longest
  // This process's time at the end of the last tick, when nothing else has happened since: what the next tick begins
  // with is the wake-up for it.
  std::optional<std::chrono::nanoseconds> cpu_after_tick_;
  // Of the last sample. The budget of the schedule does not include it: sampling/resident_memory.h has its own.
  std::chrono::nanoseconds pss_cost_{};
};

}  // namespace vitals
