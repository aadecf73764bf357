#include "invocation/on_demand.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "invocation/record_builder.h"
#include "invocation/restore.h"

namespace vitals {

using namespace std::chrono_literals;

namespace {

// How long after its deadline a window without an observed end closes: a SHUTDOWN for the timeout comes before that,
// and has more information.
constexpr auto deadline_grace = 250ms;

// In sync mode event/next is requested at the latest this long before the deadline, because the platform counts an
// extension that has not requested it by then as the function's timeout.
constexpr auto sync_margin = 100ms;
// How often the deadline is computed again, because the wall clock may be set meanwhile.
constexpr auto deadline_check = 1s;

// Sync mode: how long platform.runtimeDone is awaited after the runtime polled again. The platform buffers telemetry
// for 25 ms (the least that a subscription may request), then it is delivered.
constexpr auto telemetry_wait = 50ms;
// The same if the poll was seen late: telemetry that has arrived meanwhile is read.
constexpr auto shortest_telemetry_wait = 5ms;

// A report comes within milliseconds of SHUTDOWN, if it comes; after a timeout or a crash it rarely does.
constexpr auto report_wait = 300ms;
constexpr auto report_wait_after_failure = 100ms;
// The remaining time until SIGKILL after every wait: to write the lines and exit. There is a short wait for a report
// even if less is left, because the wall clock may be ahead.
constexpr auto exit_reserve = 500ms;
constexpr auto shortest_report_wait = 100ms;
// From SHUTDOWN to SIGKILL: the limit of the shutdown phase when there are external extensions.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
constexpr auto shutdown_limit = 2s;

// How long a minute's summary waits for an invocation that began in it and has not ended.
constexpr auto straddling_wait = 2s;

SteadyTime to_steady(WallTime wall, const TimePoint& now) {
  return now.steady + (wall - now.wall);
}

// The deadline of an invocation by this process's clocks. After a freeze the wall clock may be wrong for a while, so
// the deadline is computed again each time, and is never later than Lambda's longest timeout.
std::optional<SteadyTime> deadline_of(const Window& window, const TimePoint& now) {
  if (!window.invoke.deadline) return std::nullopt;
  return std::min(to_steady(*window.invoke.deadline, now), window.opened.steady + longest_timeout);
}

// When an open window that nothing else closes is closed. A deadline that had passed before its INVOKE came is invalid:
// the wall clock is ahead, as it may be after a thaw, until it is set right.
std::optional<SteadyTime> closing_time(const Window& window, const TimePoint& now) {
  const auto deadline = deadline_of(window, now);
  if (!deadline) return std::nullopt;
  const bool valid = *deadline > window.opened.steady;
  return (valid ? *deadline : window.opened.steady + longest_timeout) + deadline_grace;
}

// How long this process lives after the arrival of SHUTDOWN: the platform's limit, by the steady clock. The deadline, a
// moment of the wall clock, only shortens that, because SHUTDOWN may have been read late. A deadline that is past, or
// further away than the limit, shows that the wall clock is wrong.
std::chrono::nanoseconds time_to_exit(const lambda::ShutdownEvent& event, const TimePoint& arrived) {
  if (!event.deadline) return shutdown_limit;
  const auto left = *event.deadline - arrived.wall;
  return left > 0ns && left < shutdown_limit ? left : shutdown_limit;
}

// Whether an event is one of those that the platform delivers again after a restore.
bool is_of_init(lambda::TelemetryType type) {
  using lambda::TelemetryType;
  return type == TelemetryType::init_start || type == TelemetryType::init_runtime_done ||
         type == TelemetryType::init_report || type == TelemetryType::telemetry_subscription ||
         type == TelemetryType::extension;
}

}  // namespace

OnDemand::OnDemand(const Settings& settings, SandboxState sandbox, Instruments& instruments, RecordSink& sink,
                   const TimePoint& now)
    : instruments_(instruments),
      lines_(settings.lines, sink),
      emit_(settings.emit),
      sandbox_(std::move(sandbox)),
      schedule_(settings.sample_interval) {
  schedule_.set_cpu_share(sandbox_.allotted());
  windows_.set_cpus(sandbox_.processors, sandbox_.vcpus);
  windows_.born(now.wall);
}

void OnDemand::on_subscription(lambda::Subscription state) {
  if (state == lambda::Subscription::unsupported) {
    schedule_.set_cpu_share(sandbox_.vcpus);
    windows_.on_emulator();
  }
  if (state != lambda::Subscription::active) return;
  telemetry_.promised();
  update_expected_reports();
}

void OnDemand::update_expected_reports() {
  windows_.expect_reports(telemetry_.is_expected() && emit_ == Emit::async);
}

void OnDemand::on_first_request(const TimePoint& now) {
  windows_.first_asked_at(now.steady);
  instruments_.read(sample_);
  instruments_.allow_pss(schedule_.spare());
  lifetime_ = instruments_.lifetime(false);
}

// A snapshot is taken after the init. So it is before the first invocation that a machine is not taken to have slept,
// except where sandboxes with provisioned concurrency wait for it for hours.
void OnDemand::look_for_restore(const TimePoint& now) {
  const bool first = windows_.next_is_first();
  const Lifetime lifetime = instruments_.lifetime(!first);
  const bool may_have_slept = !first || sandbox_.initialization_type == "provisioned-concurrency";
  const auto witness = lifetime_ ? find_restore(*lifetime_, lifetime, may_have_slept) : RestoreWitness::none;
  lifetime_ = lifetime;
  if (witness == RestoreWitness::none) return;
  log::info("this sandbox was restored from a snapshot, as {} shows: what was measured before is dropped",
            text_of(witness));
  instruments_.start_again();
  process_changes_.reset();
  if (first) {
    sandbox_.restored = true;
  } else {
    start_again(now);
  }
}

// The invocations before the restore were another machine's: their lines have what was known then.
void OnDemand::start_again(const TimePoint& now) {
  windows_.start_again();
  hand_out(now);
  lines_.finish();
  sandbox_.start_again();
  hold_ = Hold::none;
  overdue_.reset();
}

void OnDemand::before_request(const TimePoint& now) {
  look_for_restore(now);
  invoked_.reset();
  const bool ends_window = telemetry_.is_expected() && windows_.current() != nullptr;
  if (!windows_.next_is_first() && !ends_window) return;
  instruments_.read_counters(sample_);
  invoked_ = now;
}

void OnDemand::on_other_event(const TimePoint& now) {
  hand_out(now);
}

void OnDemand::on_invoke(const lambda::InvokeEvent& event, const TimePoint& now) {
  cpu_after_tick_.reset();
  if (sandbox_.id.empty()) sandbox_.id = instruments_.new_sandbox_id();
  windows_.set_wall_clock_in_doubt(sandbox_.is_from_snapshot());
  const auto arrived = invoked_.value_or(now);
  // The first sample finds the other extensions. Later the connections are read before anything else: a quick function
  // may answer while the sample is taken.
  const bool first = windows_.next_is_first();
  bool complete = first && read_opening();
  if (first) static_cast<void>(kernel_killed());  // counted from now on
  std::optional<SteadyTime> end;
  if (watches_runtime()) end = instruments_.end_at_invoke(arrived.steady);
  if (!first) complete = read_opening();
  if (hold_ != Hold::none && windows_.current() != nullptr) telemetry_.missed();
  hold_ = emit_ == Emit::sync && telemetry_.is_reliable() ? Hold::until_end : Hold::none;
  overdue_.reset();
  windows_.time_passes(arrived.steady);
  close_window(CloseReason::next_invoke, end);
  sandbox_.add(sample_.gauges);
  const bool over = windows_.open(event, sample_, arrived);
  if (const Window* window = windows_.current()) {
    log::debug("window {} opens: INVOKE {:.64}, {} µs after its start", window->number,
               window->invoke.request_id.text(),
               std::chrono::duration_cast<std::chrono::microseconds>(window->late).count());
  }
  if (over) {
    if (!complete) instruments_.read(sample_);
    close_window(CloseReason::runtime_done, std::nullopt);
  } else {
    schedule_.start(sample_.at.steady, instruments_.own_cpu(), sample_.gauges.pss_cost);
    instruments_.allow_pss(schedule_.spare());
  }
  hand_out(now);
}

// If the window begins at the end of the last one, the counters of that end are still in the sample, and false is
// returned. This process's own time is excluded: what it does between two windows belongs to no window.
bool OnDemand::read_opening() {
  if (std::exchange(invoked_, std::nullopt)) {
    instruments_.read_rest(sample_);
    return true;
  }
  if (windows_.current() != nullptr || !windows_.next_follows()) {
    instruments_.read(sample_);
    return true;
  }
  instruments_.read_gauges(sample_);
  return false;
}

void OnDemand::on_telemetry(const lambda::TelemetryBatch& batch, const TimePoint& now,
                            const std::function<bool()>& event_arrived) {
  cpu_after_tick_.reset();
  log::trace("telemetry: {} used events, {} others", batch.events.size(), batch.ignored);
  if (batch.dropped > 0) log::info("{} malformed telemetry events dropped", batch.dropped);
  for (const auto& event : batch.events) {
    telemetry_.seen(event.type);
    sandbox_.apply(event);
    if (sandbox_.is_from_snapshot() && is_of_init(event.type)) continue;
    if (event.type == lambda::TelemetryType::logs_dropped)
      log::warn("the platform dropped telemetry: {}", event.reason.view());
    if (!windows_.apply(event)) continue;
    instruments_.read(sample_);
    close_window(CloseReason::runtime_done, std::nullopt);
  }
  update_expected_reports();
  // The report that a line waits for may be in the rest, after one of a later invocation.
  if (!batch.partial && !(event_arrived && event_arrived())) hand_out(now);
}

void OnDemand::on_shutdown(const lambda::ShutdownEvent& event, const TimePoint& now) {
  std::optional<SteadyTime> end = observed_end(now.steady);
  instruments_.read(sample_);
  // A timeout or a crash of the runtime is reported at once: it is the end of the current invocation.
  const auto kind = lambda::shutdown_kind(event.reason);
  const bool failed = kind == lambda::ShutdownKind::timeout || kind == lambda::ShutdownKind::failure;
  if (failed) end = sample_.at.steady;
  close_window(CloseReason::shutdown, end);
  windows_.set_shutdown_reason(event.reason);
  const auto left = time_to_exit(event, now);
  exit_deadline_ = now.steady + left;
  const std::chrono::nanoseconds wait = failed ? report_wait_after_failure : report_wait;
  last_wait_ =
      now.steady + std::min(wait, std::max<std::chrono::nanoseconds>(left - exit_reserve, shortest_report_wait));
  hand_out(now);
}

// Whether the kernel has killed a process of the sandbox for memory since the last call. Its counter is too
// expensive for every invocation (3 to 11 µs), and a killed process existed before or has started since.
bool OnDemand::kernel_killed() {
  const auto changes = sample_.gauges.process_changes;
  if (changes && changes == std::exchange(process_changes_, changes)) return false;
  return instruments_.oom_killed(telemetry_.is_expected()).value_or(false);
}

void OnDemand::close_window(CloseReason reason, std::optional<SteadyTime> end) {
  Window* const window = windows_.current();
  if (window == nullptr) return;
  log::debug("window {} closes: {}", window->number, text_of(reason));
  sandbox_.add(sample_.gauges);
  window->oom_killed = kernel_killed();
  windows_.close(reason, sample_, end);
}

std::optional<SteadyTime> OnDemand::next_tick(const TimePoint& now) const {
  const Window* const window = windows_.current();
  if (window == nullptr) return std::nullopt;
  SteadyTime next = schedule_.next();
  if (overdue_) {
    next = std::min(next, overdue_->until);
  } else if (watches_runtime()) {
    next = std::min(next, instruments_.next_look().value_or(next));
  }
  if (const auto closing = closing_time(*window, now)) next = std::min(next, *closing);
  return next;
}

void OnDemand::on_tick(const TimePoint& now) {
  Window* const window = windows_.current();
  if (window == nullptr) return;
  if (windows_.time_passes(now.steady)) hand_out(now);
  const auto closing = closing_time(*window, now);
  if (closing && now.steady >= *closing) {
    // The sandbox may have been frozen until now, right after the end.
    const auto end = observed_end(now.steady);
    instruments_.read(sample_);
    close_window(end ? CloseReason::observed : CloseReason::deadline, end);
    hand_out(now);
    return;
  }
  if (now.steady >= schedule_.next()) sample_gauges(*window, now.steady);
  if (watches_runtime()) observe_runtime(now);
}

// Without telemetry: closes the window when the runtime polls again. In sync mode that poll, or the runtime's exit,
// ends the wait for platform.runtimeDone.
void OnDemand::observe_runtime(const TimePoint& now) {
  std::optional<SteadyTime> end;
  if (overdue_) {
    if (now.steady < overdue_->until) return;
    end = overdue_->end;
    telemetry_.missed();
  } else {
    const auto next = instruments_.next_look();
    if (next && now.steady < *next) return;
    end = instruments_.end_seen(now.steady);
    if (hold_ == Hold::until_end && instruments_.runtime_exited()) on_runtime_gone();
    // Reading the connections has a separate limit: it does not count for the gauges.
    if (cpu_after_tick_) cpu_after_tick_ = instruments_.own_cpu();
    if (end && telemetry_.is_expected()) {
      overdue_ = Overdue{*end, std::max(*end + telemetry_wait, now.steady + shortest_telemetry_wait)};
      return;
    }
  }
  if (!end) return;
  instruments_.read(sample_);
  close_window(CloseReason::observed, end);
  hand_out(now);
}

void OnDemand::sample_gauges(Window& window, SteadyTime now) {
  log::trace("the gauges are sampled");
  const auto before = cpu_after_tick_.value_or(instruments_.own_cpu());
  Gauges gauges;
  instruments_.read(gauges);
  sandbox_.add(gauges);
  window.peaks.add(gauges);
  if (gauges.processes.value_or(0) == 0) on_runtime_gone();
  cpu_after_tick_ = instruments_.own_cpu();
  schedule_.ticked(now, *cpu_after_tick_ - before, gauges.pss_cost);
  instruments_.allow_pss(schedule_.spare());
}

// runtimeDone may never come: the SHUTDOWN that follows must not wait for it.
void OnDemand::on_runtime_gone() {
  if (hold_ == Hold::until_end) hold_ = Hold::runtime_gone;
}

std::optional<SteadyTime> OnDemand::hold_until(const TimePoint& now) const {
  const Window* const window = windows_.current();
  if (hold_ != Hold::until_end || window == nullptr || !window->invoke.deadline) return std::nullopt;
  const SteadyTime limit = deadline_of(*window, now).value_or(now.steady) - sync_margin;
  if (now.steady >= limit) return std::nullopt;
  return std::min(limit, now.steady + deadline_check);
}

std::optional<SteadyTime> OnDemand::reports_until(const TimePoint& now) const {
  if (!windows_.waits_for_report() || now.steady >= last_wait_) return std::nullopt;
  return last_wait_;
}

// True without telemetry, and in sync mode, in which the runtime's next poll and its exit end the wait for telemetry.
bool OnDemand::watches_runtime() const {
  return !telemetry_.is_expected() || (emit_ == Emit::sync && telemetry_.is_promised());
}

// The end of the open window's invocation, if it was observed.
std::optional<SteadyTime> OnDemand::observed_end(SteadyTime now) {
  if (!watches_runtime() || windows_.current() == nullptr) return std::nullopt;
  if (overdue_) return overdue_->end;
  return instruments_.end_at_last(now);
}

void OnDemand::release(const TimePoint& now) {
  windows_.release();
  hand_out(now);
  lines_.finish();
}

void OnDemand::end(const TimePoint& now) {
  const auto end = observed_end(now.steady);
  instruments_.read(sample_);
  close_window(CloseReason::signal, end);
  release(now);
}

// A minute's summary is written when no invocation of that minute is awaited: one whose report is to come keeps it
// back, one that still runs only for a moment.
void OnDemand::hand_out(const TimePoint& now) {
  while (Window* const window = windows_.ready()) {
    InvocationRecord record = build_record(*window, sandbox_);
    lines_.write(record);
    log::debug("window {}: its record is complete; CPU time in doubt: {} µs at its start, {} µs at its end",
               window->number, window->opening_risk / 1us, window->closing_risk / 1us);
    windows_.pop();
  }
  if (windows_.waits()) return;
  lines_.time_passes(windows_.current() == nullptr ? now.wall : now.wall - straddling_wait);
}

}  // namespace vitals
