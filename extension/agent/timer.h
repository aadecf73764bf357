// Timer: one timerfd on the event loop. Unlike the loop's own timers it is disarmed for good when it is not needed:
// nothing wakes up while no window is open.
#pragma once

#include "base/clock.h"
#include "base/event_loop.h"
#include "base/result.h"

namespace vitals {

class Timer {
 public:
  // `io` must outlive the timer. Where the system gives no timerfd the timer never expires.
  explicit Timer(boost::asio::io_context& io);

  // Expires once, at that moment of CLOCK_MONOTONIC; what was armed before is forgotten.
  void arm(SteadyTime at);
  void disarm();

  // Completes when the timer expires, which may be never. False when it cannot any more: closed, or no timerfd.
  Task<bool> expired();

  void close();

 private:
  StreamDescriptor descriptor_;
};

}  // namespace vitals
