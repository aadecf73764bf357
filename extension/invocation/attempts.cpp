#include "invocation/attempts.h"

#include <algorithm>

namespace vitals {

namespace {

using lambda::TelemetryEvent;
using lambda::TelemetryType;
using std::chrono::nanoseconds;

// Calls `visit` with every window of a request id, oldest first.
template <class Visit>
void each_attempt(const Attempts::Lists& windows, const RequestId& id, Visit visit) {
  for (auto* const list : windows) {
    for (auto& window : *list) {
      if (window.invoke.request_id == id) visit(window);
    }
  }
}

// The time of an event, if the window has it.
std::optional<WallTime> time_of(const std::optional<TelemetryEvent>& event) {
  return event ? event->time : std::nullopt;
}

// The newest known time of an attempt.
std::optional<WallTime> newest_time(const Window& window) {
  return std::max({time_of(window.start), time_of(window.runtime_done), time_of(window.report)});
}

// Whether an end can belong to the same attempt as the ends that a window has: the report is created after runtimeDone,
// and each of them once.
bool fits(const Window& window, const TelemetryEvent& end) {
  const bool done = end.type == TelemetryType::runtime_done;
  const auto& same = done ? window.runtime_done : window.report;
  const auto& other = done ? window.report : window.runtime_done;
  if (same && same->time != end.time) return false;
  return !other || (done ? other->time >= end.time : other->time <= end.time);
}

}  // namespace

void Attempts::on_init(const TelemetryEvent& event) {
  // Each is created before the first INVOKE of this life. platform.initReport is not used: it ends the init, and a
  // quick function may be done before it is created.
  if (event.type == TelemetryType::init_start || event.type == TelemetryType::restore_start ||
      event.type == TelemetryType::telemetry_subscription) {
    init_ = std::max(init_, event.time);
  }
}

std::optional<WallTime> Attempts::deadline_of(const Window& window) const {
  const auto& deadline = window.invoke.deadline;
  return init_ && deadline < init_ ? std::nullopt : deadline;
}

// The latest moment at which this life began. If it is after the deadline, a clock is wrong.
std::optional<WallTime> Attempts::born_before(const std::optional<WallTime>& deadline) const {
  std::optional<WallTime> result;
  for (const auto& at : {born_, init_}) {
    if (!deadline || at <= deadline) result = std::max(result, at);
  }
  return result;
}

void Attempts::on_start(const TelemetryEvent& start, const Lists& windows) {
  each_attempt(windows, start.request_id, [&](const Window& window) {
    const auto deadline = deadline_of(window);
    if (deadline) timeout_.on_start(*deadline, *start.time);
  });
}

Window* Attempts::owner(const TelemetryEvent& event, const Lists& windows) const {
  return event.type == TelemetryType::start ? owner_of_start(event, windows) : owner_of_end(event, windows);
}

Window* Attempts::owner_of_start(const TelemetryEvent& start, const Lists& windows) const {
  const auto timeout = timeout_.proven();
  Window* nearest = nullptr;
  nanoseconds distance = start_tolerance;
  Window* only = nullptr;
  int attempts = 0;
  each_attempt(windows, start.request_id, [&](Window& window) {
    only = ++attempts == 1 ? &window : nullptr;
    const auto deadline = deadline_of(window);
    if (!timeout || !deadline) return;
    const auto away = std::chrono::abs(*deadline - *timeout - *start.time);
    if (away > distance) return;
    nearest = &window;
    distance = away;
  });
  if (!timeout && only != nullptr) {
    const auto deadline = deadline_of(*only);
    const auto end = std::min(time_of(only->runtime_done).value_or(WallTime::max()),
                              time_of(only->report).value_or(WallTime::max()));
    const auto born = born_before(deadline);
    const bool own = born && *start.time >= *born && *start.time <= std::min(end, deadline.value_or(end));
    if (own) nearest = only;
  }
  const bool taken = nearest != nullptr && nearest->start && nearest->start->time != start.time;
  return taken ? nullptr : nearest;
}

Attempts::Began Attempts::began(const Window& window, const Window* older) const {
  Began result;
  const auto deadline = deadline_of(window);
  if (window.start) {
    result = {window.start->time, window.start->time};
  } else if (const auto timeout = timeout_.proven(); timeout && deadline) {
    result = {*deadline - *timeout - start_tolerance, *deadline - *timeout + start_tolerance};
  }
  if (older == nullptr) {
    // There was no earlier attempt in this life: the one before that, if any, ended before this process started.
    const auto born = born_before(deadline);
    if (born) result.latest = result.earliest = std::max(result.earliest.value_or(*born), *born);
  } else if (!window.start) {
    result.earliest = std::max(result.earliest, newest_time(*older));
    const auto reported = time_of(older->report);  // the last event of an attempt
    if (reported) result.latest = std::min(result.latest.value_or(WallTime::max()), *reported + nanoseconds{1});
  }
  return result;
}

Window* Attempts::owner_of_end(const TelemetryEvent& end, const Lists& windows) const {
  Window* found = nullptr;
  const Window* older = nullptr;
  bool sure = true;
  each_attempt(windows, end.request_id, [&](Window& window) {
    const auto [earliest, latest] = began(window, older);
    older = &window;
    if (latest && *end.time >= *latest) {
      found = &window;
      sure = true;
    } else if (!earliest || *end.time >= *earliest) {
      sure = false;  // it belongs to this attempt, or to the one before it
    }
  });
  return sure && found != nullptr && fits(*found, end) ? found : nullptr;
}

}  // namespace vitals
