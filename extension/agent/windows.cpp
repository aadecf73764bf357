#include "agent/windows.h"

#include <algorithm>
#include <utility>

namespace vitals {

namespace {

using lambda::TelemetryEvent;
using lambda::TelemetryType;

// start, runtimeDone and report of one invocation, each doubled; older ones make room.
constexpr std::size_t max_early_events = 6;

// So far this process's clock and the platform's may be apart.
constexpr std::chrono::seconds clocks_differ{1};

// The first of a kind stands: a double says the same.
void keep_first(std::optional<TelemetryEvent>& place, const TelemetryEvent& event) {
  if (!place) place = event;
}

void attach(Window& window, const TelemetryEvent& event) {
  if (event.type == TelemetryType::start) keep_first(window.start, event);
  if (event.type == TelemetryType::runtime_done) keep_first(window.runtime_done, event);
  if (event.type == TelemetryType::report) keep_first(window.report, event);
}

bool over(const Window& window) {
  return window.runtime_done || window.report;
}

}  // namespace

bool Windows::is_repeated(const lambda::InvokeEvent& invoke) const {
  return newest_id_ == invoke.request_id && newest_deadline_ == invoke.deadline;
}

bool Windows::open(lambda::InvokeEvent invoke, const Sample& sample, std::optional<TimePoint> arrived) {
  const bool retried = last_written_ == invoke.request_id ||
                       std::any_of(windows_.begin(), windows_.end(), [&invoke](const Window& other) {
                         return other.invoke.request_id == invoke.request_id;
                       });
  Window& window = windows_.emplace_back();
  window.retried = retried;
  window.number = ++invocations_;
  window.first = window.number == 1;
  window.opened = arrived.value_or(sample.at);
  newest_id_ = invoke.request_id;
  newest_deadline_ = invoke.deadline;
  window.invoke = std::move(invoke);
  window.peaks.add(sample.gauges);
  if (window.first) window.init_cpu = since_start(sample).cpu_total;
  for (const auto& event : early_) {
    if (event.request_id == window.invoke.request_id) attach(window, event);
  }
  early_.clear();
  const bool follows = freezes_expected_ && last_end_;
  if (over(window) && !follows) return true;  // what it used cannot be told any more
  window.opening = sample;
  window.opening.at = window.opened;
  if (follows) {
    window.opening.function = last_end_->function;
    window.opening.extensions = last_end_->extensions;
    window.opening.processes = last_end_->processes;
    window.opening.interfaces = last_end_->interfaces;
  }
  return over(window);
}

const Window* Windows::current() const {
  return windows_.empty() || windows_.back().closed ? nullptr : &windows_.back();
}

Window* Windows::current() {
  return windows_.empty() || windows_.back().closed ? nullptr : &windows_.back();
}

void Windows::close(CloseReason reason, const Sample& sample, std::optional<SteadyTime> end) {
  Window* window = current();
  if (window == nullptr) return;
  const bool measured = window->opening.at.steady == window->opened.steady;
  window->closed = reason;
  window->end = end;
  window->peaks.add(sample.gauges);
  if (measured) {
    window->usage = difference(window->opening, sample);
    window->memory_peak = peak_resident_bytes(window->opening, sample, window->peaks);
  }
  window->opening = {};
  last_end_ = sample;
}

bool Windows::apply(const TelemetryEvent& event) {
  if (Window* window = find(event)) {
    attach(*window, event);
    return !window->closed && over(*window);
  }
  if (event.request_id == last_written_) return false;
  if (early_.size() == max_early_events) early_.pop_front();
  early_.push_back(event);
  return false;
}

void Windows::set_shutdown_reason(const std::string& reason) {
  if (!windows_.empty()) windows_.back().shutdown_reason = reason;
}

void Windows::release() {
  released_ = windows_.size();
}

const Window* Windows::ready() const {
  if (windows_.empty() || !windows_.front().closed) return nullptr;
  // The platform tells of invocations one after the other: when a later report is here, an earlier one is lost.
  const bool told = std::any_of(windows_.begin(), windows_.end(), [](const Window& window) { return window.report; });
  const auto waiting = windows_.size() - (windows_.back().closed ? 0 : 1);
  const bool is_ready = told || !reports_expected_ || released_ > 0 || waiting > max_waiting_windows;
  return is_ready ? &windows_.front() : nullptr;
}

void Windows::pop() {
  last_written_ = windows_.front().invoke.request_id;
  windows_.pop_front();
  if (released_ > 0) --released_;
}

bool Windows::waits_for_report() const {
  return reports_expected_ && std::any_of(windows_.begin(), windows_.end(),
                                          [](const Window& window) { return window.closed && !window.report; });
}

// A retried invocation has the request id of its first attempt. An event belongs to the newest window that was there
// when the platform made it.
Window* Windows::find(const TelemetryEvent& event) {
  const auto found = std::find_if(windows_.rbegin(), windows_.rend(), [&event](const Window& window) {
    if (window.invoke.request_id != event.request_id) return false;
    return !window.retried || !event.time || *event.time + clocks_differ >= window.opened.wall;
  });
  return found == windows_.rend() ? nullptr : &*found;
}

}  // namespace vitals
