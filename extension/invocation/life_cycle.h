// LifeCycle: decides which records a sandbox produces, and when. There are two kinds of sandbox, and each has its life
// cycle: on-demand (on_demand.h: one invocation at a time, a record for each INVOKE) and managed (many at once).
//
//   events, telemetry, ticks, shutdown --> LifeCycle --> records, to a RecordSink
//                                              |
//                                              +-- what to wait for: next_tick(), hold_until(), reports_until()
//
// A life cycle waits for nothing, does no I/O and reads no clock: times are arguments, and the sandbox is read through
// Instruments. A test or a fuzzer can therefore play any history to it. Waiting is the task of agent/agent.h.
//
// `now` is the time of the call, and never earlier on the steady clock than that of the call before. It may be earlier
// on the wall clock.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "config/settings.h"
#include "invocation/instruments.h"
#include "invocation/sandbox_state.h"
#include "lambda/extension_events.h"
#include "lambda/subscription.h"
#include "lambda/telemetry_events.h"
#include "record/record_sink.h"

namespace vitals {

class LifeCycle {
 public:
  virtual ~LifeCycle() = default;

  // The platform has answered the subscription to telemetry. Not called when there was no subscription.
  virtual void on_subscription(lambda::Subscription state) = 0;

  // The first event has just been requested. The function still starts: time for work that no invocation should pay
  // for.
  virtual void on_first_request(const TimePoint& now) = 0;

  // Whether an INVOKE is the newest one, delivered again. It must not be passed on a second time.
  [[nodiscard]] virtual bool is_repeated(const lambda::InvokeEvent& event) const = 0;

  // An INVOKE has arrived, and the next event is about to be requested. The sandbox may freeze after that.
  virtual void before_request(const TimePoint& now) = 0;

  virtual void on_invoke(const lambda::InvokeEvent& event, const TimePoint& now) = 0;

  // Another answer has arrived, which starts no invocation.
  virtual void on_other_event(const TimePoint& now) = 0;

  // `event_arrived`: whether the next event is ready to be received. It may correct what the last invocation's record
  // says, which then waits for it. Null: no.
  virtual void on_telemetry(const lambda::TelemetryBatch& batch, const TimePoint& now,
                            const std::function<bool()>& event_arrived) = 0;

  virtual void on_shutdown(const lambda::ShutdownEvent& event, const TimePoint& now) = 0;

  // The metadata endpoint has answered: the records that follow say in which availability zone they are.
  virtual void on_availability_zone(std::string_view zone) = 0;

  // When on_tick() should be called; absent: nothing is due before the next event. Ask again after every call.
  [[nodiscard]] virtual std::optional<SteadyTime> next_tick(const TimePoint& now) const = 0;
  virtual void on_tick(const TimePoint& now) = 0;

  // Until when event/next must not be requested, unless something happens before; absent: it may be requested.
  [[nodiscard]] virtual std::optional<SteadyTime> hold_until(const TimePoint& now) const = 0;

  // After SHUTDOWN: until when telemetry is still waited for, unless something happens before; absent: no longer.
  [[nodiscard]] virtual std::optional<SteadyTime> reports_until(const TimePoint& now) const = 0;

  // After SHUTDOWN: when the platform kills this process; absent before.
  [[nodiscard]] virtual std::optional<SteadyTime> exit_deadline() const = 0;

  // No telemetry will come any more: every finished invocation becomes a record now.
  virtual void release(const TimePoint& now) = 0;

  // The extension ends without a SHUTDOWN: everything becomes a record now.
  virtual void end(const TimePoint& now) = 0;
};

// The life cycle of this sandbox. `instruments` and `sink` must outlive it.
[[nodiscard]] std::unique_ptr<LifeCycle> make_life_cycle(const Settings& settings, SandboxState sandbox,
                                                         Instruments& instruments, RecordSink& sink,
                                                         const TimePoint& now);

}  // namespace vitals
