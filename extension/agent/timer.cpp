#include "agent/timer.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace vitals {

namespace {

void set(int fd, std::chrono::nanoseconds at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  itimerspec spec{};
  spec.it_value.tv_sec = seconds.count();
  spec.it_value.tv_nsec = (at - seconds).count();
  ::timerfd_settime(fd, TFD_TIMER_ABSTIME, &spec, nullptr);
}

}  // namespace

Timer::Timer(boost::asio::io_context& io) : descriptor_(io) {
  const int fd = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (fd < 0) return;
  boost::system::error_code failed;
  descriptor_.assign(fd, failed);
  if (failed) ::close(fd);
}

void Timer::arm(SteadyTime at) {
  // 0 would disarm it.
  if (descriptor_.is_open())
    set(descriptor_.native_handle(), std::max(at.time_since_epoch(), std::chrono::nanoseconds{1}));
}

void Timer::disarm() {
  if (descriptor_.is_open()) set(descriptor_.native_handle(), std::chrono::nanoseconds{0});
}

Task<bool> Timer::expired() {
  for (;;) {
    if (!descriptor_.is_open()) co_return false;
    const auto [failed] = co_await descriptor_.async_wait(StreamDescriptor::wait_read, completion);
    if (failed || !descriptor_.is_open()) co_return false;
    // The timer was disarmed or armed again after the wake-up: there is nothing to read, so wait again.
    std::uint64_t expirations = 0;
    if (::read(descriptor_.native_handle(), &expirations, sizeof expirations) == sizeof expirations) co_return true;
  }
}

void Timer::close() {
  boost::system::error_code ignored;
  descriptor_.close(ignored);
}

}  // namespace vitals
