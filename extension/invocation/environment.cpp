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

// For so much of an interval memory must be known for its average.
constexpr int least_known_percent = 80;

// A share as thousandths of a percent.
std::int64_t percent(double share) {
  return std::llround(std::min(share, 1e6) * 100'000.0);
}

}  // namespace

EnvironmentUsage::EnvironmentUsage(const Settings& settings, Instruments& instruments)
    : instruments_(instruments), fixed_interval_(settings.sample_interval) {
}

void EnvironmentUsage::begin(const TimePoint& now) {
  const auto cpu = instruments_.own_cpu();
  if (!std::exchange(to_is_end_, false)) {
    budget_.start(now.steady);
    instruments_.allow_pss(budget_.for_pss());
    instruments_.read(to_);
  }
  std::swap(from_, to_);
  begun_ = true;
  began_ = now;
  peaks_ = {};
  cpus_used_max_ = 0;
  memory_max_ = 0;
  memory_integral_ = 0;
  memory_known_ = 0ns;
  memory_at_.reset();
  function_since_.reset();
  add_memory(from_.gauges);
  cpu_at_.reset();
  add_cpu(from_);
  pay(now.steady, instruments_.own_cpu() - cpu, from_.gauges.pss_cost);
  sampled_ = now.steady;
}

SteadyTime EnvironmentUsage::next(bool busy) const {
  if (fixed_interval_) return sampled_ + *fixed_interval_;
  return std::max(budget_.next(), sampled_ + (busy ? nanoseconds{memory_interval} : nanoseconds{cpu_interval}));
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
  pay(now.steady, instruments_.own_cpu() - before, gauges.pss_cost);
}

// `pss_so_far`: what reading Pss has cost since the start.
void EnvironmentUsage::pay(SteadyTime now, nanoseconds cost, nanoseconds pss_so_far) {
  const nanoseconds pss = std::max(pss_so_far - std::exchange(pss_paid_, pss_so_far), 0ns);
  budget_.spent(now, cost, pss);
  instruments_.allow_pss(budget_.for_pss());
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
  add_memory(gauges);
}

void EnvironmentUsage::add_memory(const Gauges& gauges) {
  const auto others = gauges.extensions_resident_bytes.value_or(0) + gauges.agent_resident_bytes.value_or(0);
  for (const auto& bytes : {gauges.resident_bytes, gauges.resident_earlier}) {
    if (bytes) memory_max_ = std::max(memory_max_, *bytes + others);
  }
  if (!function_since_ && gauges.processes.value_or(0) > 0) function_since_ = gauges.at;
  if (!gauges.resident_bytes) {
    memory_at_.reset();
    return;
  }
  const auto bytes = static_cast<double>(*gauges.resident_bytes + others);
  if (memory_at_) {
    const nanoseconds since = gauges.at - *memory_at_;
    memory_integral_ += (memory_then_ + bytes) / 2 * static_cast<double>(since.count());
    memory_known_ += since;
  }
  memory_at_ = gauges.at;
  memory_then_ = bytes;
}

void EnvironmentUsage::end(const TimePoint& now, SandboxState& sandbox) {
  const auto cpu = instruments_.own_cpu();
  instruments_.read(to_);
  to_is_end_ = true;
  ended_ = now;
  add_cpu(to_);
  add(to_.gauges, sandbox);
  pay(now.steady, instruments_.own_cpu() - cpu, to_.gauges.pss_cost);
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
  if (memory_bytes && *memory_bytes > 0) describe_memory(record, *memory_bytes, peak);
  set_megabytes(record, Field::used_memory_max, sandbox.resident_high_water());
  set_megabytes(record, Field::memory_peak, peak);
  set_megabytes(record, Field::extensions_memory_max, peaks_.extensions_resident_bytes_max);
  set_counters(record, usage);
  set_limits(record, peaks_);
  set_gauges(record, peaks_);
  set_agent(record, peaks_);
}

// An average needs most of the interval, and a maximum all of it: where the peak of the function's processes is in
// doubt, that of everything is, too.
void EnvironmentUsage::describe_memory(InvocationRecord& record, std::uint64_t memory_bytes,
                                       const std::optional<std::uint64_t>& peak) const {
  const auto share = [&](double bytes) { return percent(bytes / static_cast<double>(memory_bytes)); };
  record.set_whole(Field::total_memory, static_cast<std::int64_t>(memory_bytes >> 20U));
  const nanoseconds run = to_.gauges.at - function_since_.value_or(to_.gauges.at);
  if (memory_known_ > 0ns && memory_known_ >= run * least_known_percent / 100) {
    const double average = memory_integral_ / static_cast<double>(memory_known_.count());
    record.set_thousandths(Field::memory_utilization, share(average));
  }
  if (!peak) return;
  // What the kernel's high-water marks prove beyond the samples.
  const auto unseen = *peak - std::min(*peak, peaks_.resident_bytes_max.value_or(0));
  record.set_thousandths(Field::memory_utilization_max, share(static_cast<double>(memory_max_ + unseen)));
}

}  // namespace vitals
