#include "invocation/environment.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "invocation/usage_fields.h"

namespace vitals {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

namespace {

// A sample that is early by at most this still covers a second: timers are not exact.
constexpr auto cpu_tolerance = 50ms;

// A share as thousandths of a percent.
std::int64_t percent(double share) {
  return std::llround(std::min(share, 1e6) * 100'000.0);
}

}  // namespace

EnvironmentUsage::EnvironmentUsage(const Settings& settings, Instruments& instruments)
    : instruments_(instruments), schedule_(settings.sample_interval) {
}

void EnvironmentUsage::begin(const TimePoint& now) {
  const auto cpu = instruments_.own_cpu();
  if (!std::exchange(to_is_end_, false)) {
    instruments_.allow_pss(schedule_.spare());
    instruments_.read(to_);
  }
  std::swap(from_, to_);
  begun_ = true;
  began_ = now;
  peaks_ = {};
  cpus_used_max_ = 0;
  memory_max_ = memory_sum_ = memory_samples_ = 0;
  cpu_at_.reset();
  add_cpu(from_);
  schedule_.start(now.steady, cpu, from_.gauges.pss_cost);
  schedule_.ticked(now.steady, instruments_.own_cpu() - cpu, from_.gauges.pss_cost);
  instruments_.allow_pss(schedule_.spare());
  sampled_ = now.steady;
}

SteadyTime EnvironmentUsage::next(bool busy) const {
  return std::max(schedule_.next(), sampled_ + (busy ? nanoseconds{memory_interval} : nanoseconds{cpu_interval}));
}

void EnvironmentUsage::sample(const TimePoint& now, SandboxState& sandbox) {
  const auto before = instruments_.own_cpu();
  // First the gauges, because a process's gauges are read only if it has run since the last sample of any kind.
  Gauges gauges;
  instruments_.read(gauges);
  add(gauges, sandbox);
  if (!cpu_at_ || now.steady - cpu_at_->steady >= cpu_interval - cpu_tolerance) {
    instruments_.read_counters(to_);
    add_cpu(to_);
  }
  sampled_ = now.steady;
  schedule_.ticked(now.steady, instruments_.own_cpu() - before, gauges.pss_cost);
  instruments_.allow_pss(schedule_.spare());
}

// Adds the CPU time since its last sample. An interval shorter than a second is skipped.
void EnvironmentUsage::add_cpu(const Sample& sample) {
  if (!sample.function) {
    cpu_at_.reset();
    return;
  }
  const nanoseconds total = sample.function->cpu.total();
  if (cpu_at_ && total >= cpu_then_) {
    const nanoseconds span = sample.at.steady - cpu_at_->steady;
    if (span < cpu_interval - cpu_tolerance) return;
    const double used = static_cast<double>((total - cpu_then_).count()) / static_cast<double>(span.count());
    cpus_used_max_ = std::max(cpus_used_max_, used);
  }
  cpu_at_ = sample.at;
  cpu_then_ = total;
}

void EnvironmentUsage::add(const Gauges& gauges, SandboxState& sandbox) {
  peaks_.add(gauges);
  sandbox.add(gauges);
  if (!gauges.resident_bytes) return;
  const auto all =
      *gauges.resident_bytes + gauges.extensions_resident_bytes.value_or(0) + gauges.agent_resident_bytes.value_or(0);
  memory_max_ = std::max(memory_max_, all);
  memory_sum_ += all >> 10U;
  ++memory_samples_;
}

void EnvironmentUsage::end(const TimePoint& now, SandboxState& sandbox) {
  instruments_.read(to_);
  to_is_end_ = true;
  ended_ = now;
  add_cpu(to_);
  add(to_.gauges, sandbox);
}

void EnvironmentUsage::describe(InvocationRecord& record, const SandboxState& sandbox,
                                std::optional<std::uint64_t> memory_bytes) const {
  const Usage usage = difference(from_, to_);
  const nanoseconds interval = ended_.steady - began_.steady;
  record.set_duration(Field::interval, interval);
  set_cpu_times(record, usage);
  set_duration(record, Field::cpu_wait_time, usage.cpu_wait);
  record.set_thousandths(Field::cpu_count, std::llround(sandbox.vcpus * 1000.0));
  const nanoseconds span = to_.at.steady - from_.at.steady;
  if (usage.cpu_total && span > 0ns && sandbox.vcpus > 0) {
    const double average = static_cast<double>(usage.cpu_total->count()) / static_cast<double>(span.count());
    record.set_thousandths(Field::cpu_utilization, percent(average / sandbox.vcpus));
    record.set_thousandths(Field::cpu_utilization_max, percent(std::max(average, cpus_used_max_) / sandbox.vcpus));
  }
  const auto peak = peak_resident_bytes(from_, to_, peaks_);
  if (memory_bytes && *memory_bytes > 0) {
    const auto share = [&](double bytes) { return percent(bytes / static_cast<double>(*memory_bytes)); };
    record.set_whole(Field::total_memory, static_cast<std::int64_t>(*memory_bytes >> 20U));
    if (memory_samples_ > 0) {
      // What the kernel's high-water marks prove beyond the samples.
      const auto unseen = peak.value_or(0) - std::min(peak.value_or(0), peaks_.resident_bytes_max.value_or(0));
      const auto average = static_cast<double>(memory_sum_) * 1024.0 / static_cast<double>(memory_samples_);
      record.set_thousandths(Field::memory_utilization, share(average));
      record.set_thousandths(Field::memory_utilization_max, share(static_cast<double>(memory_max_ + unseen)));
    }
  }
  set_megabytes(record, Field::used_memory_max, sandbox.resident_high_water());
  set_megabytes(record, Field::memory_peak, peak);
  set_megabytes(record, Field::extensions_memory_max, peaks_.extensions_resident_bytes_max);
  set_counters(record, usage);
  set_limits(record, peaks_);
  set_gauges(record, peaks_);
  set_agent(record, peaks_);
}

}  // namespace vitals
