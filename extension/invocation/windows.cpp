#include "invocation/windows.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "invocation/invocation_start.h"

namespace vitals {

namespace {

using lambda::TelemetryEvent;
using lambda::TelemetryType;

// start, runtimeDone and report of four attempts; older ones are removed for new ones.
constexpr std::size_t max_early_events = 12;

// A sample this late still counts as one of the end. A function can take 4 MB in a millisecond, but it first has to
// receive its event.
constexpr std::chrono::microseconds memory_delay{500};

bool same(const TelemetryEvent& a, const TelemetryEvent& b) {
  return a.type == b.type && a.time == b.time && a.request_id == b.request_id;
}

// The first of a kind counts; another one is a duplicate.
void attach(Window& window, const TelemetryEvent& event) {
  auto& place = event.type == TelemetryType::start          ? window.start
                : event.type == TelemetryType::runtime_done ? window.runtime_done
                                                            : window.report;
  if (!place) place = event;
}

// How long this extension waited for the CPU after its INVOKE had arrived. Uses the wall clock, which may be set
// meanwhile.
std::chrono::nanoseconds waited(const Window& window) {
  const auto since = window.opened.wall - window.invoke.arrived.value_or(window.opened.wall);
  return std::clamp<std::chrono::nanoseconds>(since, std::chrono::nanoseconds{0},
                                              std::max(window.since_last, std::chrono::nanoseconds{0}));
}

bool over(const Window& window) {
  return window.runtime_done || window.report;
}

}  // namespace

const char* text_of(CloseReason reason) {
  switch (reason) {
    case CloseReason::runtime_done:
      return "platform.runtimeDone";
    case CloseReason::observed:
      return "the runtime polls for its next invocation";
    case CloseReason::next_invoke:
      return "the next INVOKE";
    case CloseReason::deadline:
      return "its deadline";
    case CloseReason::restored:
      return "a restore from a snapshot";
    case CloseReason::shutdown:
      return "SHUTDOWN";
    case CloseReason::signal:
      return "the end of the extension";
  }
  return "";
}

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
  opening_threads_ = sample.gauges.threads.value_or(1);
  note_lateness(window, sample);
  Gauges gauges = sample.gauges;
  // Memory that is in doubt for the init belongs to no invocation.
  if (window.first) gauges.resident_bound.reset();
  window.peaks.add(gauges);
  if (window.first) window.init_cpu = since_start(sample).cpu_total;
  place_early();
  early_.erase(std::remove_if(early_.begin(), early_.end(), [this](const auto& event) { return !in_memory(event); }),
               early_.end());
  // If the invocation is already over, its usage is on the wrong side of a sample that is taken only now.
  const bool sampled_now =
      window.first || (windows_.size() > 1 && std::prev(windows_.end(), 2)->closed == CloseReason::next_invoke);
  if (over(window) && sampled_now) return true;
  opening_ = sample;
  opening_known_ = true;
  return over(window);
}

// The sample between this window and the previous one may be late for both of them. If the line of the previous one is
// written already, only this one can be corrected.
void Windows::note_lateness(Window& window, const Sample& sample) {
  const SteadyTime arrived = window.opened.steady;
  window.since_last = arrived - std::exchange(newest_arrived_, arrived);
  if (!window.first || !wall_clock_in_doubt_) {
    timeout_.on_invoke(window.invoke.deadline, window.opened, window.since_last);
  }
  window.late = lateness(timeout_.estimate(), window.invoke.deadline, window.opened, window.since_last);
  if (window.first) first_sample_delay_ = sample.at.steady - arrived;
  if (window.first) note_first_risk(window);
  if (!closed_at_) return;
  const bool in_memory = windows_.size() > 1;
  if (!in_memory && written_.empty()) return;
  Window& before = in_memory ? *std::prev(windows_.end(), 2) : written_.back();
  const auto ran_ahead = head_start(window.late, waited(window)) + (*closed_at_ - arrived);
  auto risk = cpu_at_risk(ran_ahead, before.peaks.threads_max.value_or(1), processors_, vcpus_);
  if (before.usage && before.usage->cpu_total) risk = std::min(risk, *before.usage->cpu_total);
  window.opening_risk = before.closing_risk = risk;
  window.opening_ahead = before.closing_ahead = std::max(ran_ahead, std::chrono::nanoseconds{0});
  if (head_start(window.late, waited(window)) + (closing_gauges_at_ - arrived) > memory_delay)
    before.memory_end.reset();
}

void Windows::note_first_risk(Window& window) const {
  const auto ran_ahead = head_start(window.late, waited(window)) + first_sample_delay_;
  window.opening_risk = cpu_at_risk(ran_ahead, opening_threads_, processors_, vcpus_);
  window.opening_ahead = std::max(ran_ahead, std::chrono::nanoseconds{0});
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
  window->closed_in = period_;
  window->end = end;
  window->peaks.add(sample.gauges);
  if (std::exchange(opening_known_, false)) {
    window->usage = difference(opening_, sample);
    drop_unseen(*window->usage, sample);
    window->memory_peak = peak_resident_bytes(opening_, sample, window->peaks);
  }
  // At the end of the sandbox some processes may have exited already.
  if (reason != CloseReason::shutdown && reason != CloseReason::signal)
    window->memory_end = sample.gauges.resident_bytes;
  closed_at_ = sample.at.steady;
  closing_gauges_at_ = sample.gauges.at;
}

void Windows::start_again() {
  if (Window* const window = current()) {
    window->closed = CloseReason::restored;
    window->closed_in = period_;
  }
  release();
  early_.clear();
  opening_known_ = false;
  closed_at_.reset();
  newest_id_ = {};
  newest_deadline_.reset();
  invocations_ = 0;
}

bool Windows::apply(const TelemetryEvent& event) {
  if (!event.time) return false;  // it could be of any attempt
  if (event.type == TelemetryType::start || event.type == TelemetryType::runtime_done ||
      event.type == TelemetryType::report) {
    if (event.request_id.empty()) return false;
    if (!place(event)) keep(event);
  } else {
    attempts_.on_init(event);
  }
  place_early();
  const Window* const window = current();
  return window != nullptr && over(*window);
}

// Gives an event to its window. False if the window is not known.
bool Windows::place(const TelemetryEvent& event) {
  const Attempts::Lists lists{&written_, &windows_};
  if (event.type == TelemetryType::start) attempts_.on_start(event, lists);
  Window* const window = attempts_.owner(event, lists);
  if (window == nullptr) return false;
  // If one event is not of this attempt, later ones are not either.
  const auto& began = window->start;
  const bool passed =
      began && event.type != TelemetryType::start &&
      std::any_of(early_.begin(), early_.end(), [&](const TelemetryEvent& other) {
        return other.request_id == event.request_id && other.time > began->time &&
               (other.type == TelemetryType::start ? other.time <= event.time : other.time < event.time);
      });
  if (!passed) attach(*window, event);
  if (!passed && event.type == TelemetryType::start) learn_start(*window, *event.time);
  return !passed;
}

// Until now the window's lateness was inferred from its deadline.
void Windows::learn_start(Window& window, WallTime started) {
  timeout_.on_own_start(window.invoke.deadline, started);
  if (window.invoke.deadline) window.time_limit = timeout_setting(*window.invoke.deadline, started);
  window.late = possible_lateness(window.opened.wall - started, window.since_last);
  if (window.first) note_first_risk(window);
}

// Whether a window of an event's request id is in memory.
bool Windows::in_memory(const TelemetryEvent& event) const {
  const auto has_id = [&](const Window& window) { return window.invoke.request_id == event.request_id; };
  return std::any_of(windows_.begin(), windows_.end(), has_id) || std::any_of(written_.begin(), written_.end(), has_id);
}

void Windows::keep(const TelemetryEvent& event) {
  if (std::any_of(early_.begin(), early_.end(), [&](const auto& other) { return same(other, event); })) return;
  if (early_.size() == max_early_events) early_.erase(early_.begin());
  early_.push_back(event);
}

// One event may decide about another: starts from the beginning again after each event that found its window.
void Windows::place_early() {
  for (auto event = early_.begin(); event != early_.end();) {
    if (place(*event)) {
      early_.erase(event);
      event = early_.begin();
    } else {
      ++event;
    }
  }
}

bool Windows::time_passes(SteadyTime now) {
  if (now - period_started_ < run_period) return false;
  period_started_ = now;
  ++period_;
  return true;
}

void Windows::set_shutdown_reason(const std::string& reason) {
  if (!windows_.empty()) windows_.back().shutdown_reason = reason;
}

void Windows::release() {
  released_ = windows_.size();
}

Window* Windows::ready() {
  if (windows_.empty() || !windows_.front().closed) return nullptr;
  // The platform reports invocations one after the other: if a later report is here, an earlier one is lost.
  const bool reported =
      std::any_of(windows_.begin(), windows_.end(), [](const Window& window) { return window.report; });
  const auto waiting = windows_.size() - (windows_.back().closed ? 0 : 1);
  const bool lost = waiting > max_waiting_windows || period_ - windows_.front().closed_in >= periods_waited;
  const bool is_ready = reported || lost || !reports_expected_ || released_ > 0;
  if (!is_ready) return nullptr;
  Window& window = windows_.front();
  if (!window.start) window.time_limit = timeout_.setting();
  return &window;
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

}  // namespace vitals
