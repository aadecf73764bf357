// TelemetryState: whether the platform delivers telemetry, and whether to wait for an invocation's end in it. Pure.
//
//   unavailable --promised()--> promised --seen()--> flowing <--seen(runtimeDone)-- interrupted
//        |                          |                    |                               ^
//        +--seen()--> unpromised    +--------------------+---------- missed() ----------+
#pragma once

#include <cstdint>

#include "lambda/telemetry_events.h"

namespace vitals {

enum class Telemetry : std::uint8_t {
  unavailable,  // not promised, and none came
  unpromised,   // not promised, but it comes from a subscription before a reset: it is used, but never awaited
  promised,     // the platform accepted the subscription; nothing came yet
  flowing,      // promised, and it comes
  interrupted   // promised, but the awaited end of an invocation did not come: until runtimeDone comes again
};

class TelemetryState {
 public:
  // The platform has accepted the subscription.
  void promised() { state_ = state_ == Telemetry::unpromised ? Telemetry::flowing : Telemetry::promised; }

  // An event has arrived.
  void seen(lambda::TelemetryType type) {
    if (state_ == Telemetry::unavailable) state_ = Telemetry::unpromised;
    const bool resumed = state_ == Telemetry::interrupted && type == lambda::TelemetryType::runtime_done;
    if (state_ == Telemetry::promised || resumed) state_ = Telemetry::flowing;
  }

  // The awaited end of an invocation did not come.
  void missed() {
    if (is_promised()) state_ = Telemetry::interrupted;
  }

  // Whether events are expected: what only they have may still come.
  [[nodiscard]] bool is_expected() const { return state_ != Telemetry::unavailable; }
  [[nodiscard]] bool is_promised() const { return is_expected() && state_ != Telemetry::unpromised; }

  // Whether to wait for the end of an invocation.
  [[nodiscard]] bool is_reliable() const { return state_ == Telemetry::promised || state_ == Telemetry::flowing; }

 private:
  Telemetry state_ = Telemetry::unavailable;
};

}  // namespace vitals
