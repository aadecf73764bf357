#include "agent/windows.h"

#include <algorithm>
#include <array>
#include <utility>

namespace vitals {

namespace {

using lambda::TelemetryEvent;
using lambda::TelemetryType;

// start, runtimeDone and report of one invocation, each doubled; older ones make room.
constexpr std::size_t max_early_events = 6;

// What the platform tells of an invocation, in the order in which it makes it.
struct Step {
  TelemetryType type;
  std::optional<TelemetryEvent> Window::*place;
};
constexpr std::array<Step, 3> steps{{{TelemetryType::start, &Window::start},
                                     {TelemetryType::runtime_done, &Window::runtime_done},
                                     {TelemetryType::report, &Window::report}}};

bool has(const Window& window, TelemetryType type) {
  return std::any_of(steps.begin(), steps.end(),
                     [&](const Step& step) { return step.type == type && window.*step.place; });
}

// The first of a kind stands: a double says the same.
void attach(Window& window, const TelemetryEvent& event) {
  for (const auto& step : steps) {
    if (step.type == event.type && !(window.*step.place)) window.*step.place = event;
  }
}

// Whether an event can be of the same attempt as those that a window has: nothing of its kind, nothing out of order. It
// is (yes) when it follows one of them.
enum class Fit { no, perhaps, yes };

Fit fit(const Window& window, const TelemetryEvent& event) {
  Fit result = Fit::perhaps;
  bool later = false;  // the steps that follow the event's own
  for (const auto& step : steps) {
    const auto& known = window.*step.place;
    if (step.type == event.type) {
      if (known && known->time != event.time) return Fit::no;
      later = true;
    } else if (known && known->time && event.time) {
      if (later ? *known->time < *event.time : *known->time > *event.time) return Fit::no;
      if (!later) result = Fit::yes;
    }
  }
  return result;
}

bool over(const Window& window) {
  return window.runtime_done || window.report;
}

}  // namespace

bool Windows::is_repeated(const lambda::InvokeEvent& invoke) const {
  return newest_id_ == invoke.request_id && newest_deadline_ == invoke.deadline;
}

bool Windows::open(const lambda::InvokeEvent& invoke, const Sample& sample, std::optional<TimePoint> arrived) {
  Window& window = new_window();
  window.number = ++invocations_;
  window.first = window.number == 1;
  window.opened = arrived.value_or(sample.at);
  newest_id_ = invoke.request_id;
  newest_deadline_ = invoke.deadline;
  window.invoke = invoke;
  window.peaks.add(sample.gauges);
  if (window.first) window.init_cpu = since_start(sample).cpu_total;
  for (const auto& event : early_) {
    if (event.request_id == window.invoke.request_id) attach(window, event);
  }
  early_.clear();
  if (over(window) && !next_follows()) return true;  // what it used cannot be told any more
  opening_ = sample;
  opening_known_ = true;
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
  window->closed = reason;
  window->closed_in = spell_;
  window->end = end;
  window->peaks.add(sample.gauges);
  if (std::exchange(opening_known_, false)) {
    window->usage = difference(opening_, sample);
    drop_unseen(*window->usage, sample, window->peaks);
    window->memory_peak = peak_resident_bytes(opening_, sample, window->peaks);
  }
  closed_before_ = true;
}

bool Windows::apply(const TelemetryEvent& event) {
  if (Window* window = find(event)) {
    attach(*window, event);
    return !window->closed && over(*window);
  }
  if (early_.size() == max_early_events) early_.erase(early_.begin());
  early_.push_back(event);
  return false;
}

bool Windows::time_passes(SteadyTime now) {
  if (now - spell_began_ < report_spell) return false;
  spell_began_ = now;
  ++spell_;
  return true;
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
  const bool lost = waiting > max_waiting_windows || spell_ - windows_.front().closed_in >= spells_waited;
  const bool is_ready = told || lost || !reports_expected_ || released_ > 0;
  return is_ready ? &windows_.front() : nullptr;
}

void Windows::pop() {
  spare_.swap(written_);
  written_.clear();
  written_.splice(written_.end(), windows_, windows_.begin());
  if (released_ > 0) --released_;
}

Window& Windows::new_window() {
  if (spare_.empty()) return windows_.emplace_back();
  windows_.splice(windows_.end(), spare_);
  return windows_.back() = Window{};
}

bool Windows::waits_for_report() const {
  return reports_expected_ && std::any_of(windows_.begin(), windows_.end(),
                                          [](const Window& window) { return window.closed && !window.report; });
}

Window* Windows::find(const TelemetryEvent& event) {
  Window* found = nullptr;
  Window* only = nullptr;
  int attempts = 0;
  bool decided = false;
  const auto look_at = [&](Window& window) {
    if (window.invoke.request_id != event.request_id) return;
    only = ++attempts == 1 ? &window : nullptr;
    const Fit fits = decided ? Fit::no : fit(window, event);
    if (fits != Fit::no) found = &window;
    decided |= fits == Fit::yes;
  };
  std::for_each(windows_.rbegin(), windows_.rend(), look_at);
  std::for_each(written_.begin(), written_.end(), look_at);
  // Where there is no other attempt, times that make no sense are no reason to leave it without its end.
  return found != nullptr || only == nullptr || has(*only, event.type) ? found : only;
}

}  // namespace vitals
