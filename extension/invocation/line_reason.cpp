#include "invocation/line_reason.h"

namespace vitals {

namespace {

// Shares from which on a limit is near, in percent.
constexpr std::int64_t near_limit = 80;

std::string_view text(const InvocationRecord& record, Field field) {
  const auto* value = std::get_if<std::string_view>(&record.get(field));
  return value == nullptr ? std::string_view{} : *value;
}

const std::int64_t* number(const InvocationRecord& record, Field field) {
  return std::get_if<std::int64_t>(&record.get(field));
}

bool flag(const InvocationRecord& record, Field field) {
  const auto* value = std::get_if<bool>(&record.get(field));
  return value != nullptr && *value;
}

std::string_view bad_end(const InvocationRecord& record) {
  const std::string_view status = text(record, Field::status);
  if (status == "timeout" || flag(record, Field::timeout)) return "timeout";
  if (flag(record, Field::out_of_memory)) return "out_of_memory";
  if (status == "failure") return "failure";
  const bool failed = (!status.empty() && status != "success") || record.has(Field::error_type);
  return failed ? "error" : std::string_view{};
}

bool near_time_limit(const InvocationRecord& record) {
  const auto* share = number(record, Field::time_utilization);
  return share != nullptr && *share >= near_limit * 1000;
}

bool near_memory_size(const InvocationRecord& record) {
  const auto* peak = number(record, Field::memory_peak);
  const auto* size = number(record, Field::total_memory);
  return peak != nullptr && size != nullptr && *peak >= *size * near_limit * 10;  // thousandths of MB, MB
}

}  // namespace

std::string_view notable_reason(const InvocationRecord& record) {
  const auto* invocation = number(record, Field::invocation);
  if (flag(record, Field::cold_start)) return "cold_start";
  if (invocation != nullptr && *invocation == 1) return "first";
  if (const auto reason = bad_end(record); !reason.empty()) return reason;
  if (record.has(Field::shutdown_reason)) return "shutdown";
  if (near_time_limit(record)) return "time_utilization";
  if (near_memory_size(record)) return "memory_peak";
  return {};
}

bool is_in_sample(std::string_view request_id, std::int64_t one_in) {
  // http://www.isthe.com/chongo/tech/comp/fnv/
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : request_id) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return !request_id.empty() && hash % static_cast<std::uint64_t>(one_in) == 0;
}

}  // namespace vitals
