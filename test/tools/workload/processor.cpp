#include <ctime>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "steps.h"

namespace workload {

namespace {

std::int64_t read_clock(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

void burn_thread(std::chrono::nanoseconds time) {
  const std::int64_t end = read_clock(CLOCK_THREAD_CPUTIME_ID) + time.count();
  while (read_clock(CLOCK_THREAD_CPUTIME_ID) < end) {
    // Mostly in user mode: to read the clock is a system call.
    volatile int turns = 20'000;
    for (int i = 0; i < turns; ++i) {
    }
  }
}

std::int64_t own_cpu_ns() {
  return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void burn(const Step& step) {
  const auto time = milliseconds(step, "ms");
  const int count = step.value("threads", 1);
  if (count == 1) return burn_thread(time);
  std::vector<std::jthread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) threads.emplace_back([time] { burn_thread(time); });
}

}  // namespace workload
