// Attempts: which attempt at an invocation a platform event belongs to.
//
// An invocation that is retried in the same sandbox has the request id of its first attempt. Events of the first
// attempt often arrive during the retry: with the thaw that the retry brings, or, after a reset, in a new process that
// never saw the first attempt. One rule separates them: an attempt has the ends (platform.runtimeDone, platform.report)
// that were created after it began and before the next attempt began. All times are the platform's own, never this
// process's clock, which may be wrong after a thaw. The beginning of an attempt is known from:
//
// - its own platform.start;
// - its deadline less the function's timeout (function_timeout.h), once the starts of two attempts have proven that;
// - the start of this process, and the platform's events of an init: earlier events belong to an earlier life.
//
// An end that could belong to two attempts belongs to neither, until another event decides.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <list>
#include <optional>

#include "base/clock.h"
#include "invocation/function_timeout.h"
#include "invocation/window.h"
#include "lambda/telemetry_events.h"

namespace vitals {

class Attempts {
 public:
  // The windows in memory, each list oldest first, `written` before `open`. An element is not null.
  using Lists = std::array<std::list<Window>*, 2>;

  // When this process started, by the wall clock.
  void born(WallTime at) { born_ = at; }

  // Takes the platform's events of an init or a restore (all others are ignored).
  void on_init(const lambda::TelemetryEvent& event);

  // `timeout` must outlive this.
  explicit Attempts(FunctionTimeout& timeout) : timeout_(timeout) {}

  // Takes a platform.start, which shows the function's timeout.
  void on_start(const lambda::TelemetryEvent& start, const Lists& windows);

  // The window of the attempt that a platform.start, runtimeDone or report belongs to. A duplicate belongs to the
  // window that has the event. Null: it belongs to none of them, or that is not known yet.
  [[nodiscard]] Window* owner(const lambda::TelemetryEvent& event, const Lists& windows) const;

 private:
  // The bounds of the moment at which an attempt began. Absent: not known.
  struct Began {
    std::optional<WallTime> earliest;
    std::optional<WallTime> latest;
  };
  // The deadline of an attempt. Absent if it had passed before this life's init, which a deadline cannot.
  [[nodiscard]] std::optional<WallTime> deadline_of(const Window& window) const;
  [[nodiscard]] std::optional<WallTime> born_before(const std::optional<WallTime>& deadline) const;
  [[nodiscard]] Began began(const Window& window, const Window* older) const;
  [[nodiscard]] Window* owner_of_start(const lambda::TelemetryEvent& start, const Lists& windows) const;
  [[nodiscard]] Window* owner_of_end(const lambda::TelemetryEvent& end, const Lists& windows) const;

  FunctionTimeout& timeout_;
  std::optional<WallTime> born_;
  std::optional<WallTime> init_;  // the newest platform event of an init, which may be that of an earlier life
};

}  // namespace vitals
