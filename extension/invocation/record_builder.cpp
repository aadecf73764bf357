#include "invocation/record_builder.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "invocation/function_timeout.h"
#include "invocation/invocation_start.h"

#include "invocation/usage_fields.h"

namespace vitals {

namespace {

using lambda::TelemetryEvent;
using std::chrono::nanoseconds;

constexpr std::int64_t bytes_per_mb = 1'048'576;
// A member of an event that may not have arrived.
template <class Member>
auto member(const std::optional<TelemetryEvent>& event, Member TelemetryEvent::*name) -> Member {
  return event ? (*event).*name : Member{};
}

// docs/accuracy.md promises cpu_total_time within 1 ms or the share below, whichever is more. The rest of the
// millisecond is for the error of the platform's truncated times.
constexpr std::chrono::microseconds cpu_accuracy{750};
// docs/accuracy.md promises a duration without telemetry within this.
constexpr std::chrono::milliseconds observed_accuracy{10};

class Builder {
 public:
  Builder(const Window& window, const SandboxState& sandbox) : window_(window), sandbox_(sandbox) {}

  InvocationRecord build() {
    identity();
    outcome();
    durations();
    time_limit();
    cpu();
    memory();
    counters();
    gauges();
    agent();
    return record_;
  }

 private:
  void identity() {
    record_.timestamp_ms = started_ms();
    const std::string_view arn = window_.invoke.invoked_function_arn;
    const auto name = lambda::function_name(arn);
    record_.set_text(Field::function_name, name.empty() ? std::string_view{sandbox_.function.name} : name);
    record_.set_text(Field::version, lambda::qualifier(arn));
    record_.set_text(Field::request_id, window_.invoke.request_id.text());
    record_.set_text(Field::trace_id, window_.invoke.trace_id);
    record_.set_text(Field::tenant_id, reported(&TelemetryEvent::tenant_id));
    record_.set_text(Field::sandbox_id, sandbox_.id);
    record_.set_whole(Field::invocation, static_cast<std::int64_t>(window_.number));
    record_.set_text(Field::initialization_type, sandbox_.initialization_type);
    record_.set_text(Field::architecture, architecture);
    record_.set_text(Field::availability_zone, sandbox_.availability_zone);
    if (window_.first) set_runtime(record_, sandbox_);
    record_.set_flag(Field::cold_start, window_.first && sandbox_.initialization_type != "provisioned-concurrency");
  }

  // The platform's own start of the invocation, else the arrival of INVOKE: the wall clock of a sandbox that has just
  // thawed may still be wrong. The platform's start is compared with the deadline, which comes from the same clock.
  [[nodiscard]] std::int64_t started_ms() const {
    constexpr std::chrono::hours plausible{1};
    const auto arrived = window_.opened.wall;
    const auto reported = member(window_.start, &TelemetryEvent::time);
    const auto& deadline = window_.invoke.deadline;
    // After a restore the wall clock may still be that of the snapshot.
    const bool outdated = restored() && deadline && arrived < *deadline - longest_timeout;
    const auto otherwise = outdated ? *deadline : arrived;
    if (!reported) return epoch_ms(otherwise);
    const bool valid = deadline ? *reported <= *deadline && *reported >= *deadline - longest_timeout - plausible
                                : std::chrono::abs(*reported - arrived) < plausible;
    return epoch_ms(valid ? *reported : otherwise);
  }

  // An invocation that SHUTDOWN interrupted, and that telemetry does not report, has the outcome of SHUTDOWN.
  void outcome() {
    const bool cut_off = (window_.closed == CloseReason::shutdown || window_.closed == CloseReason::deadline) &&
                         !window_.runtime_done && !window_.report;
    std::string_view status = reported(&TelemetryEvent::status);
    if (status.empty() && cut_off) {
      const auto kind = lambda::shutdown_kind(window_.shutdown_reason);
      if (kind == lambda::ShutdownKind::timeout) status = "timeout";
      if (kind == lambda::ShutdownKind::failure) status = "failure";
    }
    const std::string_view error_type = reported(&TelemetryEvent::error_type);
    record_.set_text(Field::status, status);
    record_.set_text(Field::error_type, error_type);
    if (status == "timeout") record_.set_flag(Field::timeout, true);
    if (window_.oom_killed || ran_out_of_memory(error_type)) record_.set_flag(Field::out_of_memory, true);
    record_.set_text(Field::shutdown_reason, window_.shutdown_reason);
  }

  // A runtime that runs out of memory reports it (Runtime.OutOfMemory), or the kernel kills it: then the platform only
  // reports that the runtime has exited (Runtime.ExitError), and that all of the memory was in use.
  [[nodiscard]] bool ran_out_of_memory(std::string_view error_type) const {
    if (error_type.find("OutOfMemory") != std::string_view::npos) return true;
    const auto used = member(window_.report, &TelemetryEvent::max_memory_used_mb);
    const auto size = member(window_.report, &TelemetryEvent::memory_size_mb);
    return error_type == "Runtime.ExitError" && used && size && *used >= static_cast<double>(*size);
  }

  // The value of the report, or of runtimeDone if the report has none, or of start.
  template <std::size_t Most>
  [[nodiscard]] std::string_view reported(Text<Most> TelemetryEvent::*text) const {
    if (window_.report && !((*window_.report).*text).empty()) return (*window_.report).*text;
    if (window_.runtime_done && !((*window_.runtime_done).*text).empty()) return (*window_.runtime_done).*text;
    if (window_.start) return (*window_.start).*text;
    return {};
  }

  // How long the invocation took: the platform's figures first, then the observed end.
  [[nodiscard]] std::optional<nanoseconds> duration() const {
    if (const auto reported = member(window_.report, &TelemetryEvent::duration)) return reported;
    if (const auto reported = member(window_.runtime_done, &TelemetryEvent::duration)) return reported;
    if (!window_.end) return std::nullopt;
    // Of an end before the arrival of INVOKE only that is known.
    if (*window_.end <= window_.opened.steady && window_.late > observed_accuracy) return std::nullopt;
    return *window_.end - window_.opened.steady + window_.late;
  }

  // Whether the samples at the window's boundaries were in time. CPU time between the invocation's start and a late
  // sample counts for the wrong window, if the function got the CPU before this extension. Mostly it did not, so the
  // count is not corrected: it is right, or the CPU times are absent.
  [[nodiscard]] bool cpu_is_certain() const {
    const nanoseconds used = window_.usage ? window_.usage->cpu_total.value_or(nanoseconds{0}) : nanoseconds{0};
    const nanoseconds opening = window_.first
                                    ? std::min(window_.opening_risk, window_.init_cpu.value_or(nanoseconds{0}))
                                    : window_.opening_risk;
    const nanoseconds risk = std::max(opening, window_.closing_risk);
    return risk <= std::max<nanoseconds>(cpu_accuracy, used * (window_.first ? 5 : 1) / 100);
  }

  // Each thread may have waited during all the time before a late sample. None waits longer than the invocation, unless
  // a clock jumped in a freeze.
  [[nodiscard]] bool wait_is_certain() const {
    constexpr std::chrono::milliseconds afterwards{100};
    const auto waited = window_.usage->cpu_wait.value_or(nanoseconds{0});
    const auto threads = static_cast<std::int64_t>(window_.peaks.threads_max.value_or(1));
    if (const auto lasted = duration(); lasted && waited > (*lasted + afterwards) * threads) return false;
    return std::max(window_.opening_ahead, window_.closing_ahead) * threads <=
           std::max<nanoseconds>(cpu_accuracy, waited / 100);
  }

  // Whether a sample of the gauges was taken while the function worked. A later one shows nothing about the work.
  [[nodiscard]] bool gauges_are_of_the_work() const {
    const auto worked = duration();
    if (!worked || !window_.peaks.since) return true;
    return *window_.peaks.since - window_.opened.steady + window_.late <= *worked + platform_clock_step;
  }

  // Whether this sandbox continues from a snapshot, whose init ran when the version was published.
  [[nodiscard]] bool restored() const {
    return sandbox_.is_from_snapshot() || sandbox_.restore_duration ||
           member(window_.report, &TelemetryEvent::restore_duration);
  }

  void durations() {
    const auto& report = window_.report;
    set_duration(record_, Field::duration, duration());
    const auto billed = member(report, &TelemetryEvent::billed_duration);
    set_duration(record_, Field::billed_duration, billed);
    if (const auto mb = total_memory_mb(); billed && mb && *mb < max_exact / 86'400'000) {
      const auto billed_us = std::chrono::floor<std::chrono::microseconds>(*billed).count();
      record_.set_whole(Field::billed_mb_ms, billed_us / 1000 * *mb + (billed_us % 1000 * *mb + 500) / 1000);
    }
    if (window_.first) {
      const auto init = member(report, &TelemetryEvent::init_duration);
      // Telemetry of a snapshot's init is delivered again after the restore.
      if (!restored()) set_duration(record_, Field::init_duration, init ? init : sandbox_.init_duration);
      const auto restore = member(report, &TelemetryEvent::restore_duration);
      set_duration(record_, Field::restore_duration, restore ? restore : sandbox_.restore_duration);
      set_duration(record_, Field::billed_restore_duration, member(report, &TelemetryEvent::billed_restore_duration));
    }
    const auto& done = window_.runtime_done;
    set_duration(record_, Field::response_latency, member(done, &TelemetryEvent::response_latency));
    set_duration(record_, Field::response_duration, member(done, &TelemetryEvent::response_duration));
    set_duration(record_, Field::runtime_overhead, member(done, &TelemetryEvent::runtime_overhead));
    set_duration(record_, Field::extension_overhead, member(report, &TelemetryEvent::extension_overhead));
    if (const auto bytes = member(done, &TelemetryEvent::produced_bytes)) {
      record_.set_whole(Field::produced_bytes, *bytes);
    }
  }

  void time_limit() {
    if (!window_.time_limit) return;
    set_duration(record_, Field::time_limit, window_.time_limit);
    const auto lasted = duration();
    if (!lasted || *lasted < nanoseconds{0}) return;
    using std::chrono::microseconds;
    const std::int64_t limit = microseconds{*window_.time_limit}.count();
    const std::int64_t used = std::chrono::floor<microseconds>(*lasted).count();
    record_.set_thousandths(Field::time_utilization, (used * 100'000 + limit / 2) / limit);
  }

  void cpu() {
    const auto memory_mb = total_memory_mb();
    const double vcpus = memory_mb ? allotted_vcpus(*memory_mb, sandbox_.vcpus) : 0;
    if (vcpus > 0) record_.set_thousandths(Field::cpu_count, std::llround(vcpus * 1000.0));
    if (!cpu_is_certain()) return;
    if (window_.first && !restored()) set_duration(record_, Field::init_cpu_time, window_.init_cpu);
    if (!window_.usage) return;
    const Usage& usage = *window_.usage;
    set_cpu_times(record_, usage);
    if (wait_is_certain()) set_duration(record_, Field::cpu_wait_time, usage.cpu_wait);
    // The time the function ran, without what the extensions added after it.
    const auto ran = member(window_.runtime_done, &TelemetryEvent::duration);
    const auto span = ran ? ran : duration();
    if (!usage.cpu_total || !span || *span <= nanoseconds{0} || vcpus <= 0) return;
    const double allotted = static_cast<double>(span->count()) * vcpus;
    const double percent = static_cast<double>(usage.cpu_total->count()) / allotted * 100.0;
    record_.set_thousandths(Field::cpu_utilization, std::llround(std::min(percent, 1e9) * 1000.0));
  }

  [[nodiscard]] std::optional<std::int64_t> total_memory_mb() const {
    const auto reported = member(window_.report, &TelemetryEvent::memory_size_mb);
    const auto mb = reported ? reported : sandbox_.function.memory_mb;
    return mb && *mb > 0 && *mb < max_exact ? mb : std::nullopt;
  }

  void memory() {
    const auto total = total_memory_mb();
    if (total) record_.set_whole(Field::total_memory, *total);
    std::optional<std::int64_t> used_thousandths;
    if (const auto mb = member(window_.report, &TelemetryEvent::max_memory_used_mb)) {
      used_thousandths = std::llround(*mb * 1000.0);
    } else if (const auto resident = sandbox_.resident_high_water()) {
      used_thousandths = static_cast<std::int64_t>(*resident * 1000 / bytes_per_mb);
    }
    if (used_thousandths) {
      record_.set_thousandths(Field::used_memory_max, *used_thousandths);
      if (total) record_.set_thousandths(Field::memory_utilization, *used_thousandths * 100 / *total);
    }
    // More than the samples saw: the kernel's high-water marks prove it.
    const bool proven = window_.memory_peak > window_.peaks.resident_bytes_max;
    if (proven || gauges_are_of_the_work()) set_megabytes(record_, Field::memory_peak, window_.memory_peak);
    set_megabytes(record_, Field::memory_end, window_.memory_end);
    set_megabytes(record_, Field::extensions_memory_max, window_.peaks.extensions_resident_bytes_max);
  }

  void counters() {
    if (window_.usage) set_counters(record_, *window_.usage);
  }

  void gauges() {
    set_limits(record_, window_.peaks);
    if (gauges_are_of_the_work()) set_gauges(record_, window_.peaks);
  }

  void agent() { set_agent(record_, window_.peaks); }

  const Window& window_;
  const SandboxState& sandbox_;
  InvocationRecord record_;
};

}  // namespace

InvocationRecord build_record(const Window& window, const SandboxState& sandbox) {
  return Builder{window, sandbox}.build();
}

}  // namespace vitals
