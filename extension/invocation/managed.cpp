#include "invocation/managed.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/log.h"
#include "invocation/usage_fields.h"

namespace vitals {

using lambda::TelemetryEvent;
using lambda::TelemetryType;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

namespace {

// What the platform has still buffered at SHUTDOWN, which may be all that is known of an invocation, arrives in less
// time than this.
constexpr auto report_wait = 100ms;
// How long a minute's summary waits for invocations that began in it.
constexpr auto straddling_wait = 2s;
// From SHUTDOWN to SIGKILL.
constexpr auto shutdown_limit = 2s;

// platform.initStart has megabytes. The emulator writes bytes there: no environment has a terabyte.
constexpr std::int64_t most_megabytes = 1'048'576;

std::int64_t megabytes(std::int64_t reported) {
  return reported > most_megabytes ? reported / 1'048'576 : reported;
}

bool is_error(std::string_view status) {
  return status == "error" || status == "failure";
}

}  // namespace

Managed::Managed(const Settings& settings, SandboxState sandbox, Instruments& instruments, RecordSink& sink,
                 std::optional<std::uint64_t> machine_memory)
    : instruments_(instruments),
      sink_(sink),
      lines_(settings.lines, sink),
      sandbox_(std::move(sandbox)),
      interval_(settings.interval),
      machine_memory_(machine_memory),
      in_flight_([this](const Flight& flight, const TelemetryEvent* report) { write_invocation(flight, report); }),
      usage_(settings, instruments) {
  sandbox_.id = instruments_.new_sandbox_id();
}

void Managed::on_subscription(lambda::Subscription state) {
  telemetry_expected_ = state == lambda::Subscription::active;
}

void Managed::on_first_request(const TimePoint& now) {
  begin_interval(now);
}

void Managed::begin_interval(const TimePoint& now) {
  usage_.begin(now);
  interval_ends_ = now.steady + interval_;
  counts_ = {};
  counts_.concurrency_max = in_flight_.size();
}

void Managed::on_telemetry(const lambda::TelemetryBatch& batch, const TimePoint& now,
                           const std::function<bool()>& /*event_arrived*/) {
  now_wall_ = now.wall;
  if (batch.dropped > 0) log::info("{} malformed telemetry events dropped", batch.dropped);
  for (const TelemetryEvent& event : batch.events) {
    sandbox_.apply(event);
    switch (event.type) {
      case TelemetryType::init_start:
        if (event.instance_max_memory) instance_memory_mb_ = megabytes(*event.instance_max_memory);
        if (!event.instance_id.empty()) instance_id_ = event.instance_id.view();
        break;
      case TelemetryType::start:
        in_flight_.start(event, now);
        counts_.concurrency_max = std::max<std::uint64_t>(counts_.concurrency_max, in_flight_.size());
        break;
      case TelemetryType::report:
        in_flight_.report(event, now);
        break;
      case TelemetryType::logs_dropped:
        log::warn("the platform dropped telemetry: {}", event.reason.view());
        in_flight_.lost_telemetry();
        counts_.doubtful = true;
        break;
      default:
        break;
    }
  }
  write_lines(now);
  if (exit_deadline_ && !batch.partial) batch_after_shutdown_ = true;
  report_evicted();
}

// The reports of invocations that ended in a minute that is over come a moment later.
void Managed::write_lines(const TimePoint& now) {
  lines_.time_passes(in_flight_.empty() ? now.wall : now.wall - straddling_wait);
}

// Reported once: there may be thousands.
void Managed::report_evicted() {
  if (in_flight_.evicted() == 0 || std::exchange(eviction_reported_, true)) return;
  log::warn(
      "more than {} invocations without a platform.report: the oldest count as ended, and their lines lack "
      "what it has",
      InFlight::max_flights);
}

void Managed::write_invocation(const Flight& flight, const TelemetryEvent* report) {
  const auto duration = report != nullptr ? report->duration : std::nullopt;
  InvocationRecord record;
  const auto started = flight.started                      ? *flight.started
                       : report != nullptr && report->time ? *report->time - duration.value_or(0ns)
                                                           : now_wall_;
  record.timestamp_ms = epoch_ms(started);
  record.set_text(Field::function_name, sandbox_.function.name);
  record.set_text(Field::version, flight.version);
  record.set_text(Field::request_id, flight.request_id.text());
  record.set_text(Field::trace_id, flight.trace_id);
  record.set_text(Field::tenant_id,
                  report != nullptr && !report->tenant_id.empty() ? report->tenant_id : flight.tenant_id);
  record.set_text(Field::sandbox_id, sandbox_.id);
  record.set_text(Field::instance_id, instance_id_);
  if (flight.number > 0) record.set_whole(Field::invocation, static_cast<std::int64_t>(flight.number));
  record.set_text(Field::initialization_type, sandbox_.initialization_type);
  record.set_text(Field::architecture, architecture);
  record.set_text(Field::availability_zone, sandbox_.availability_zone);
  std::string_view status;
  if (report != nullptr) {
    status = report->status;
    record.set_text(Field::error_type, report->error_type);
    set_duration(record, Field::duration, duration);
    set_duration(record, Field::response_latency, report->response_latency);
    set_duration(record, Field::response_duration, report->response_duration);
    set_duration(record, Field::runtime_overhead, report->runtime_overhead);
  } else if (!shutdown_reason_.empty()) {
    const auto kind = lambda::shutdown_kind(shutdown_reason_);
    if (kind == lambda::ShutdownKind::timeout) status = "timeout";
    if (kind == lambda::ShutdownKind::failure) status = "failure";
  }
  record.set_text(Field::status, status);
  if (status == "timeout") record.set_flag(Field::timeout, true);
  if (report == nullptr) record.set_text(Field::shutdown_reason, shutdown_reason_);
  if (flight.concurrency > 0) record.set_whole(Field::concurrency, flight.concurrency);
  record.set_text(Field::agent_version, VITALS_VERSION);
  count(flight, report, status);
  lines_.write(record);
}

void Managed::count(const Flight& flight, const TelemetryEvent* report, std::string_view status) {
  ++counts_.invocations;
  if (is_error(status)) ++counts_.errors;
  if (status == "timeout") ++counts_.timeouts;
  counts_.concurrency_max = std::max<std::uint64_t>(counts_.concurrency_max, flight.concurrency);
  if (!usage_.has_begun()) return;
  // If it was given up, the time of its end is not known.
  if (report == nullptr) {
    if (flight.started) counts_.busy += since_interval_began(*flight.started, now_wall_);
    return;
  }
  const auto lasted = report->duration.value_or(0ns);
  if (flight.started) {
    const auto ended = report->duration ? *flight.started + lasted : report->time.value_or(now_wall_);
    counts_.busy += since_interval_began(*flight.started, ended);
  } else if (report->time) {
    counts_.busy += since_interval_began(*report->time - lasted, *report->time);
  }
}

// The part of a span that is in this interval; negative for one that ended before it, because the previous interval has
// counted it to its own end.
nanoseconds Managed::since_interval_began(WallTime from, WallTime to) const {
  return to - std::max(from, usage_.begun_at().wall);
}

void Managed::end_interval(const TimePoint& now) {
  now_wall_ = now.wall;
  in_flight_.expire(now);
  if (!usage_.has_begun()) return;
  for (const Flight& flight : in_flight_.flights()) {
    if (flight.started) counts_.busy += std::max(since_interval_began(*flight.started, now.wall), 0ns);
  }
  write_environment(now);
}

void Managed::write_environment(const TimePoint& now) {
  usage_.end(now, sandbox_);
  InvocationRecord record;
  record.timestamp_ms = epoch_ms(usage_.begun_at().wall);
  record.set_text(Field::function_name, sandbox_.function.name);
  record.set_text(Field::sandbox_id, sandbox_.id);
  record.set_text(Field::instance_id, instance_id_);
  record.set_text(Field::initialization_type, sandbox_.initialization_type);
  record.set_text(Field::architecture, architecture);
  record.set_text(Field::availability_zone, sandbox_.availability_zone);
  record.set_text(Field::shutdown_reason, shutdown_reason_);
  if (std::exchange(first_line_, false)) {
    set_runtime(record, sandbox_);
    set_duration(record, Field::init_duration, sandbox_.init_duration);
  }
  usage_.describe(record, sandbox_, memory_bytes());
  if (telemetry_expected_) {
    record.set_whole(Field::invocations, counts_.invocations);
    record.set_whole(Field::errors, counts_.errors);
    record.set_whole(Field::timeouts, counts_.timeouts);
    if (!counts_.doubtful) {
      record.set_whole(Field::concurrency_max, static_cast<std::int64_t>(counts_.concurrency_max));
      // By the wall clock, like the times of telemetry.
      const nanoseconds span = now.wall - usage_.begun_at().wall;
      const nanoseconds busy = std::max(counts_.busy, 0ns);
      if (span > 0ns) {
        const double average = static_cast<double>(busy.count()) / static_cast<double>(span.count());
        record.set_thousandths(Field::concurrency_avg, std::llround(average * 1000.0));
      }
    }
  }
  sink_.write(record);
}

std::optional<std::uint64_t> Managed::memory_bytes() const {
  const auto mb = instance_memory_mb_ ? instance_memory_mb_ : sandbox_.function.memory_mb;
  if (mb && *mb > 0) return static_cast<std::uint64_t>(*mb) << 20U;
  return machine_memory_;
}

std::optional<SteadyTime> Managed::next_tick(const TimePoint& /*now*/) const {
  if (!usage_.has_begun()) return std::nullopt;
  const SteadyTime next = std::min(interval_ends_, usage_.next(!in_flight_.empty()));
  return std::min(next, in_flight_.due().value_or(next));
}

void Managed::on_tick(const TimePoint& now) {
  if (!usage_.has_begun()) return;
  now_wall_ = now.wall;
  write_lines(now);
  if (now.steady >= interval_ends_) {
    end_interval(now);
    begin_interval(now);
    return;
  }
  if (const auto due = in_flight_.due(); due && now.steady >= *due) in_flight_.expire(now);
  if (now.steady >= usage_.next(!in_flight_.empty())) usage_.sample(now, sandbox_);
}

void Managed::on_shutdown(const lambda::ShutdownEvent& event, const TimePoint& now) {
  now_wall_ = now.wall;
  shutdown_reason_ = event.reason;
  const auto left = event.deadline ? *event.deadline - now.wall : nanoseconds{shutdown_limit};
  exit_deadline_ = now.steady + (left > 0ns && left < shutdown_limit ? left : nanoseconds{shutdown_limit});
  last_wait_ = now.steady + report_wait;
}

std::optional<SteadyTime> Managed::reports_until(const TimePoint& now) const {
  if (!telemetry_expected_ || now.steady >= last_wait_) return std::nullopt;
  if (in_flight_.empty() && batch_after_shutdown_) return std::nullopt;
  return last_wait_;
}

void Managed::release(const TimePoint& now) {
  now_wall_ = now.wall;
  in_flight_.release();
  end_interval(now);
  lines_.finish();
}

void Managed::end(const TimePoint& now) {
  release(now);
}

}  // namespace vitals
