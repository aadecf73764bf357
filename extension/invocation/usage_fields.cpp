#include "invocation/usage_fields.h"

#include <chrono>

namespace vitals {

namespace {

[[maybe_unused]] void set_counter(InvocationRecord& record, Field field, std::optional<std::uint64_t> count) {
  set_count(record, field, count);
}
[[maybe_unused]] void set_counter(InvocationRecord& record, Field field, std::optional<std::chrono::nanoseconds> time) {
  set_duration(record, field, time);
}

enum class Changes { constant, of_work };

void set_peaks(InvocationRecord& record, const Peaks& peaks, Changes wanted) {
#define VITALS_GAUGE(gauge, extreme, peak, field, when) \
  if (wanted == Changes::when) set_count(record, Field::field, peaks.peak);
#include "sampling/measures.def"
}

}  // namespace

void set_megabytes(InvocationRecord& record, Field field, std::optional<std::uint64_t> bytes) {
  if (bytes && *bytes < max_exact) record.set_megabytes(field, static_cast<std::int64_t>(*bytes));
}

void set_count(InvocationRecord& record, Field field, std::optional<std::uint64_t> count) {
  if (count && *count < max_exact) record.set_whole(field, static_cast<std::int64_t>(*count));
}

void set_duration(InvocationRecord& record, Field field, std::optional<std::chrono::nanoseconds> duration) {
  if (duration && *duration >= std::chrono::nanoseconds{0}) record.set_duration(field, *duration);
}

void set_runtime(InvocationRecord& record, const SandboxState& sandbox) {
  record.set_text(Field::runtime_version, sandbox.runtime_version);
  if (sandbox.is_durable()) record.set_flag(Field::durable, true);
}

void set_cpu_times(InvocationRecord& record, const Usage& usage) {
  if (!usage.cpu_user || !usage.cpu_system) return;
  const auto user = std::chrono::floor<std::chrono::microseconds>(*usage.cpu_user);
  const auto system = std::chrono::floor<std::chrono::microseconds>(*usage.cpu_system);
  set_duration(record, Field::cpu_total_time, user + system);
  set_duration(record, Field::cpu_user_time, user);
  set_duration(record, Field::cpu_system_time, system);
}

void set_counters(InvocationRecord& record, const Usage& usage) {
  set_count(record, Field::page_faults_major, usage.major_faults);
  set_count(record, Field::disk_read_bytes, usage.disk_read_bytes);
  set_count(record, Field::disk_write_bytes, usage.disk_write_bytes);
  set_count(record, Field::rx_bytes, usage.rx_bytes);
  set_count(record, Field::tx_bytes, usage.tx_bytes);
  if (usage.rx_bytes && usage.tx_bytes) set_count(record, Field::total_network, *usage.rx_bytes + *usage.tx_bytes);
  set_duration(record, Field::extensions_cpu_time, usage.extensions_cpu);
#define VITALS_COUNTER(counter, type, field, when) set_counter(record, Field::field, usage.counter);
#include "sampling/measures.def"
}

void set_limits(InvocationRecord& record, const Peaks& peaks) {
  set_peaks(record, peaks, Changes::constant);
}

void set_gauges(InvocationRecord& record, const Peaks& peaks) {
  set_peaks(record, peaks, Changes::of_work);
}

void set_agent(InvocationRecord& record, const Peaks& peaks) {
  record.set_text(Field::agent_version, VITALS_VERSION);
  set_megabytes(record, Field::agent_memory_max, peaks.agent_resident_bytes_max);
  if (peaks.agent_samples > 0) {
    set_megabytes(record, Field::agent_memory_avg, peaks.agent_resident_bytes_sum / peaks.agent_samples);
  }
}

}  // namespace vitals
