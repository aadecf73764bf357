#include "agent/timer.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace vitals {

Timer::Timer(boost::asio::io_context& io) : descriptor_(io) {
  const int fd = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (fd < 0) return;
  boost::system::error_code failed;
  descriptor_.assign(fd, failed);
  if (failed) ::close(fd);
}

void Timer::arm(SteadyTime at) {
  // 0 would disarm it.
  set(std::max(at.time_since_epoch(), std::chrono::nanoseconds{1}));
}

void Timer::disarm() {
  set(std::chrono::nanoseconds{0});
}

void Timer::set(std::chrono::nanoseconds at) {
  if (at == armed_ || !descriptor_.is_open()) return;
  armed_ = at;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  itimerspec spec{};
  spec.it_value.tv_sec = seconds.count();
  spec.it_value.tv_nsec = (at - seconds).count();
  ::timerfd_settime(descriptor_.native_handle(), TFD_TIMER_ABSTIME, &spec, nullptr);
}

Task<bool> Timer::expired() {
  for (;;) {
    if (!descriptor_.is_open()) co_return false;
    const auto [failed] = co_await descriptor_.async_wait(StreamDescriptor::wait_read, completion);
    if (failed || !descriptor_.is_open()) co_return false;
    // The timer was disarmed or armed again after the wake-up: there is nothing to read, so wait again.
    std::uint64_t expirations = 0;
    if (::read(descriptor_.native_handle(), &expirations, sizeof expirations) != sizeof expirations) continue;
    armed_ = {};
    co_return true;
  }
}

void Timer::close() {
  boost::system::error_code ignored;
  descriptor_.close(ignored);
}

}  // namespace vitals
