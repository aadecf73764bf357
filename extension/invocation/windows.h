// Windows: which window opens, which closes, and which is ready for its line. Pure: events and samples are passed in,
// and it does no I/O, reads no clock and logs nothing, so that a test can play any history of events to it.
//
//               INVOKE                 runtimeDone, report, observed end,
//                 |                    next INVOKE, deadline, SHUTDOWN, SIGTERM
//                 v                                  |
//   (none) --> [open] -------------------------------+--> [closed] --> report came, none is
//                ^  ticks: peaks                              |        expected, a later report came,
//                +-- telemetry of its request id -------------+        too many wait, or three run periods have passed
//                                                             v
//                                                          [ready] --> line, in invocation order
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "invocation/attempts.h"
#include "invocation/function_timeout.h"
#include "invocation/window.h"
#include "lambda/telemetry_events.h"

namespace vitals {

// At most this many closed windows wait for their reports. The platform buffers telemetry for at least 25 ms, during
// which a function of a millisecond is invoked some thirty times. Beyond this number the reports count as lost. One
// window is about 3 KB.
inline constexpr std::size_t max_waiting_windows = 64;

// And they wait at most for this many run periods. A period starts with the first INVOKE or tick that comes 2 s or more
// after the start of the last one. A report arrives after some milliseconds in which the sandbox runs, mostly just
// after the thaw that follows its invocation. That thaw may be an hour later by the clock, but it starts only one
// period. When the third starts, two have passed completely: two thaws, or two seconds of running, for a report that
// needs one.
inline constexpr std::chrono::seconds run_period{2};
inline constexpr std::uint64_t periods_waited = 3;

class Windows {
 public:
  Windows() = default;
  Windows(const Windows&) = delete;
  Windows& operator=(const Windows&) = delete;

  // When this process started, by the wall clock: earlier telemetry belongs to an earlier life.
  void born(WallTime at) { attempts_.born(at); }

  // Whether this is the newest INVOKE again, delivered because its first answer broke off. (A retried invocation has
  // the same request id, too, but another deadline.) It must be ignored.
  [[nodiscard]] bool is_repeated(const lambda::InvokeEvent& invoke) const;

  // The number of CPUs, and how much of them the quota allows.
  void set_cpus(double processors, double vcpus) {
    processors_ = processors;
    vcpus_ = vcpus;
  }

  // An emulator runs the function (function_timeout.h).
  void on_emulator() { timeout_.on_emulator(); }

  // Whether the wall clock may still be that of a snapshot when the first INVOKE comes: nothing follows from its
  // deadline then.
  void set_wall_clock_in_doubt(bool in_doubt) { wall_clock_in_doubt_ = in_doubt; }

  // The sandbox was restored from a snapshot. Every window is ready for its line, with what is known now, and the next
  // INVOKE is the first.
  void start_again();

  // The first event has been requested: no invocation starts before.
  void first_asked_at(SteadyTime at) { newest_arrived_ = at; }

  // Opens the window of an INVOKE. A window that is still open must have been closed before, with the same sample.
  // `sample` has all values of now, or with next_follows() the counters of the last close() and the gauges of now;
  // `arrived` is the arrival of INVOKE, a moment earlier. True if telemetry has already reported the end of this
  // invocation: close the window at once.
  bool open(const lambda::InvokeEvent& invoke, const Sample& sample, std::optional<TimePoint> arrived = {});

  // The open window, if there is one.
  [[nodiscard]] Window* current();
  [[nodiscard]] const Window* current() const;

  // Closes the open window, if there is one. `end`: the moment of the invocation's end, if it was observed.
  void close(CloseReason reason, const Sample& sample, std::optional<SteadyTime> end);

  // Takes a platform event: a start, runtimeDone or report belongs to the window of its attempt (attempts.h). One that
  // comes before its INVOKE, or whose attempt is not known yet, is held until it is known; one whose line is written
  // changes nothing. True if the open window's invocation is over.
  bool apply(const lambda::TelemetryEvent& event);

  // Whether a closed window waits for its report: false without telemetry, and in sync mode, in which the line must be
  // written before the report comes.
  void expect_reports(bool expected) { reports_expected_ = expected; }

  // Must be called at every INVOKE, before the open window is closed, and at every tick. True if a line may have become
  // ready.
  bool time_passes(SteadyTime now);

  // Whether the next window begins where the last one ended, so that no counters need be read for it: true except for
  // the first. Between two invocations a sandbox is frozen or idle.
  [[nodiscard]] bool next_follows() const { return closed_at_.has_value(); }

  // Whether the next INVOKE is the first after an init (a restore comes before the first, too).
  [[nodiscard]] bool next_is_first() const { return invocations_ == 0; }

  // Sets the reason of SHUTDOWN for the newest line.
  void set_shutdown_reason(const std::string& reason);

  // Ends the wait for reports: all closed windows are ready.
  void release();

  // The oldest window if it is ready for its line, else null. pop() removes it.
  [[nodiscard]] Window* ready();
  void pop();

  // Whether a closed window is not ready for its line yet. Ask after ready() gave null.
  [[nodiscard]] bool waits() const { return !windows_.empty() && windows_.front().closed; }

  // Whether a closed window waits for its report.
  [[nodiscard]] bool waits_for_report() const;

 private:
  bool place(const lambda::TelemetryEvent& event);
  [[nodiscard]] bool in_memory(const lambda::TelemetryEvent& event) const;
  void keep(const lambda::TelemetryEvent& event);
  void place_early();
  Window& new_window();
  void note_lateness(Window& window, const Sample& sample);
  void note_first_risk(Window& window) const;
  void learn_start(Window& window, WallTime started);

  std::list<Window> windows_;  // oldest first; the last may be open
  std::list<Window> written_;  // the last one whose line is written, or none: its telemetry may still come
  std::list<Window> spare_;    // at most one, for reuse
  Sample opening_;             // the counters when the open window opened
  bool opening_known_ = false;
  FunctionTimeout timeout_;
  Attempts attempts_{timeout_};
  std::vector<lambda::TelemetryEvent> early_;  // whose window is not known yet, oldest first
  std::size_t released_ = 0;                   // this many of the oldest windows no longer wait
  std::uint64_t invocations_ = 0;
  std::uint64_t period_ = 0;  // run periods so far
  SteadyTime period_started_{};
  bool reports_expected_ = false;
  bool wall_clock_in_doubt_ = false;
  std::optional<SteadyTime> closed_at_;  // the closing sample of the last window
  SteadyTime closing_gauges_at_{};       // and its gauges
  SteadyTime newest_arrived_{};
  std::chrono::nanoseconds first_sample_delay_{};  // after the first INVOKE arrived
  std::uint64_t opening_threads_ = 1;              // of the function
  double processors_ = 1;
  double vcpus_ = 1;
  RequestId newest_id_;
  std::optional<WallTime> newest_deadline_;
};

}  // namespace vitals
