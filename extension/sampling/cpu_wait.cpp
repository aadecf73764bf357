#include "sampling/cpu_wait.h"

#include <algorithm>

namespace vitals {

namespace {

using std::chrono::nanoseconds;

// To start and to end takes any thread more than this.
constexpr std::chrono::microseconds shortest_thread{10};

// Absent where a thread or a child has ended, or nothing is known.
std::optional<nanoseconds> waited_since(const ProcessWait& before, const ProcessWait& now) {
  if (!before.waited || !now.waited || *now.waited < *before.waited) return std::nullopt;
  if (now.children_faults != before.children_faults || now.exited > before.exited + shortest_thread)
    return std::nullopt;
  return *now.waited - *before.waited;
}

}  // namespace

std::optional<nanoseconds> waited_between(const std::vector<ProcessWait>& from, const std::vector<ProcessWait>& to) {
  if (from.empty() || to.empty()) return std::nullopt;
  nanoseconds sum{0};
  std::size_t known = 0;
  for (const ProcessWait& now : to) {
    const auto before = std::find_if(from.begin(), from.end(), [&now](const ProcessWait& other) {
      return other.pid == now.pid && other.start_time == now.start_time;
    });
    ProcessWait started;
    started.waited = nanoseconds{0};
    if (before != from.end()) ++known;
    const auto waited = waited_since(before != from.end() ? *before : started, now);
    if (!waited) return std::nullopt;
    sum += *waited;
  }
  return known == from.size() ? std::optional{sum} : std::nullopt;
}

}  // namespace vitals
