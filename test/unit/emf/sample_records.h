// Records and options that several tests of the line start from.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "emf/line_encoder.h"
#include "record/invocation_record.h"

namespace vitals::test {

using Json = nlohmann::ordered_json;

// To compare with: a failed check then shows what there was.
inline const std::vector<std::string> no_faults;
inline const std::vector<std::string> no_warnings;

inline constexpr std::int64_t sample_time_ms = 1605034324256;  // 2020-11-10T18:52:04.256Z

// The options of an environment, given as NAME=VALUE strings ended by a null pointer; {nullptr}: of the default
// settings.
inline emf::Options options_of(std::initializer_list<const char*> environment) {
  return load_settings(environment.begin()).settings.emf;
}

// What AWS documents as an example of Lambda Insights' event, value by value.
inline InvocationRecord insights_example() {
  InvocationRecord record;
  record.timestamp_ms = sample_time_ms;
  record.set_text(Field::function_name, "cpu-intensive");
  record.set_text(Field::version, "Blue");
  record.set_text(Field::request_id, "12345678-8bcc-42f7-b1de-123456789012");
  record.set_text(Field::trace_id, "1-5faae118-12345678901234567890");
  record.set_flag(Field::cold_start, true);
  record.set_flag(Field::timeout, true);
  record.set_text(Field::shutdown_reason, "Timeout");
  record.set_thousandths(Field::duration, 45191'000);
  record.set_thousandths(Field::billed_duration, 45200'000);
  record.set_whole(Field::billed_mb_ms, 11571200);
  record.set_thousandths(Field::init_duration, 130'000);
  record.set_thousandths(Field::cpu_total_time, 6690'000);
  record.set_thousandths(Field::cpu_user_time, 6640'000);
  record.set_thousandths(Field::cpu_system_time, 50'000);
  record.set_whole(Field::total_memory, 256);
  record.set_thousandths(Field::used_memory_max, 63'000);
  record.set_thousandths(Field::memory_utilization, 24'000);
  record.set_whole(Field::tmp_max, 551346176);
  record.set_whole(Field::tmp_free, 538329088);
  record.set_whole(Field::rx_bytes, 6911);
  record.set_whole(Field::tx_bytes, 4434);
  record.set_whole(Field::total_network, 11345);
  record.set_whole(Field::threads_max, 11);
  record.set_whole(Field::fd_use, 416);
  record.set_whole(Field::fd_max, 32642);
  record.set_text(Field::agent_version, "1.0.72.0");
  record.set_thousandths(Field::agent_memory_avg, 10'000);
  record.set_thousandths(Field::agent_memory_max, 10'000);
  return record;
}

// Whether only a line of Managed Instances has the field.
inline bool only_managed(Field field) {
  for (const Field other :
       {Field::instance_id, Field::concurrency, Field::interval, Field::invocations, Field::errors, Field::timeouts,
        Field::concurrency_avg, Field::concurrency_max, Field::cpu_utilization_max, Field::memory_utilization_max}) {
    if (field == other) return true;
  }
  return false;
}

// Whether a line of the default settings never has the field: LAMBDA_VITALS_LINES brings it.
inline bool only_with_lines(Field field) {
  return field == Field::line_reason || field == Field::sample_weight || field == Field::cold_starts;
}

inline void fill_numbers(InvocationRecord& record, bool managed) {
  for (const FieldInfo& row : catalogue) {
    if (record.has(row.field) || !is_number(row) || only_with_lines(row.field)) continue;
    if (only_managed(row.field) && !managed) continue;
    if (row.kind == Kind::whole) record.set_whole(row.field, 4096);
    if (row.kind == Kind::thousandths) record.set_thousandths(row.field, 12'345);
  }
}

// The example with a value in each of our own fields too, as far as an invocation of a sandbox of its own has them.
inline InvocationRecord full_example() {
  InvocationRecord record = insights_example();
  record.set_text(Field::tenant_id, "tenant-1");
  record.set_text(Field::sandbox_id, "9f3c21d07be84a56");
  record.set_whole(Field::invocation, 1);
  record.set_text(Field::initialization_type, "on-demand");
  record.set_text(Field::architecture, "x86_64");
  record.set_text(Field::availability_zone, "use1-az1");
  record.set_text(Field::runtime_version, "python:3.13.v42");
  record.set_flag(Field::durable, true);
  record.set_text(Field::status, "timeout");
  record.set_text(Field::error_type, "Sandbox.Timedout");
  record.set_flag(Field::out_of_memory, true);
  record.set_thousandths(Field::time_limit, 46'000'000);
  record.set_thousandths(Field::time_utilization, 98'241);
  fill_numbers(record, false);
  return record;
}

// A value in every field that there is, which no line has.
inline InvocationRecord whole_catalogue() {
  InvocationRecord record = full_example();
  record.set_text(Field::instance_id, "2026/11/26/app[1]0123456789abcdef");
  fill_numbers(record, true);
  record.set_text(Field::line_reason, "sample");
  record.set_whole(Field::sample_weight, 100);
  record.set_whole(Field::cold_starts, 0);
  return record;
}

// The smallest record that is valid.
inline InvocationRecord small_record() {
  InvocationRecord record;
  record.timestamp_ms = sample_time_ms;
  record.set_text(Field::request_id, "request-1");
  return record;
}

inline std::string encode(const emf::Options& options, const InvocationRecord& record) {
  emf::LineEncoder encoder{options};
  return std::string{encoder.encode(record)};
}

// The line as JSON; throws when it is not JSON.
inline Json parsed(const emf::Options& options, const InvocationRecord& record) {
  return Json::parse(encode(options, record));
}

}  // namespace vitals::test
