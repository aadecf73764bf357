// Window: everything known about one invocation, from its INVOKE event until its line is written. windows.h opens and
// closes windows; record_builder.h makes their records.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "lambda/extension_events.h"
#include "lambda/telemetry_events.h"
#include "sampling/sample.h"
#include "sampling/usage.h"

namespace vitals {

// Why a window closed.
enum class CloseReason {
  runtime_done,  // platform.runtimeDone, or platform.report if that was lost
  observed,      // without telemetry: the runtime polls for its next invocation
  next_invoke,   // the next INVOKE came
  deadline,      // its deadline has passed
  restored,      // the sandbox was restored from a snapshot: the end was another machine's
  shutdown,      // SHUTDOWN
  signal         // SIGTERM
};

// For the log.
[[nodiscard]] const char* text_of(CloseReason reason);

struct Window {
  lambda::InvokeEvent invoke;
  std::uint64_t number = 0;  // of the invocation in this sandbox: 1, 2, …
  bool first = false;        // after an init or a restore, whose fields its record has, too
  TimePoint opened;          // when INVOKE arrived
  // How late that was after the invocation's start (invocation_start.h): by platform.start, else by its deadline.
  std::chrono::nanoseconds late{};
  std::chrono::nanoseconds since_last{};  // the INVOKE before it, or the request for the first: no start was earlier
  // Upper bounds of the CPU time that may be on the wrong side of the sample at the window's start and at its end,
  // because that was late.
  std::chrono::nanoseconds opening_risk{};
  std::chrono::nanoseconds closing_risk{};
  // The same as a time by the clock, in which its threads may also have waited.
  std::chrono::nanoseconds opening_ahead{};
  std::chrono::nanoseconds closing_ahead{};
  Peaks peaks;  // of the gauges, from every sample inside the window

  std::optional<CloseReason> closed;  // absent while the window is open
  std::uint64_t closed_in = 0;        // the run period (windows.h)
  std::optional<SteadyTime> end;      // when the invocation ended, if that was observed and not only inferred
  std::optional<std::chrono::seconds> time_limit;    // the function's timeout (function_timeout.h)
  std::optional<Usage> usage;                        // absent if the invocation had ended before the window opened
  std::optional<std::uint64_t> memory_peak;          // bytes
  std::optional<std::uint64_t> memory_end;           // bytes; absent where the next invocation may have been under way
  bool oom_killed = false;                           // the kernel killed a process of the sandbox for memory
  std::optional<std::chrono::nanoseconds> init_cpu;  // of the first window: CPU time of the init

  std::optional<lambda::TelemetryEvent> start;         // platform.start
  std::optional<lambda::TelemetryEvent> runtime_done;  // platform.runtimeDone
  std::optional<lambda::TelemetryEvent> report;        // platform.report
  std::string shutdown_reason;                         // of the SHUTDOWN that came before the line was written
};

}  // namespace vitals
