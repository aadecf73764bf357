// Timer: one timerfd on the event loop. Unlike the loop's own timers it can be disarmed completely: nothing wakes up
// while no window is open.
#pragma once

#include <chrono>

#include "base/clock.h"
#include "base/event_loop.h"
#include "base/result.h"

namespace vitals {

class Timer {
 public:
  // `io` must outlive the timer. If timerfd_create(2) fails the timer never expires.
  explicit Timer(boost::asio::io_context& io);

  // Expires once, at that moment of CLOCK_MONOTONIC. Replaces an earlier moment.
  void arm(SteadyTime at);
  void disarm();

  // Completes when the timer expires, which may be never. False when it no longer can: closed, or no timerfd.
  Task<bool> expired();

  void close();

 private:
  void set(std::chrono::nanoseconds at);

  StreamDescriptor descriptor_;
  std::chrono::nanoseconds armed_{};  // when it expires, since the clock's start; 0: never
};

}  // namespace vitals
