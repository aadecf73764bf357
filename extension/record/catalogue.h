// The catalogue: one table of everything a record can say, in the order in which the line says it. Names, units and
// kinds are in this one place; the settings, the encoder, the documentation's table and the tests all read it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vitals {

// A field of the record, in the order of the line (docs/metrics.md). The names are the line's own.
enum class Field : std::uint8_t {
  event_type,
  function_name,
  version,
  request_id,
  trace_id,
  sandbox_id,
  instance_id,
  invocation,
  initialization_type,
  architecture,
  cold_start,
  status,
  error_type,
  timeout,
  out_of_memory,
  shutdown_reason,
  duration,
  billed_duration,
  billed_mb_ms,
  init_duration,
  restore_duration,
  response_latency,
  response_duration,
  runtime_overhead,
  extension_overhead,
  produced_bytes,
  concurrency,
  interval,
  invocations,
  errors,
  timeouts,
  concurrency_avg,
  concurrency_max,
  cpu_total_time,
  cpu_user_time,
  cpu_system_time,
  cpu_utilization,
  cpu_utilization_max,
  cpu_count,
  init_cpu_time,
  total_memory,
  used_memory_max,
  memory_utilization,
  memory_utilization_max,
  memory_peak,
  page_faults_major,
  tmp_max,
  tmp_used,
  tmp_free,
  disk_read_bytes,
  disk_write_bytes,
  rx_bytes,
  tx_bytes,
  total_network,
  threads_max,
  processes_max,
  fd_use,
  fd_max,
  extensions_cpu_time,
  extensions_memory_max,
  agent_version,
  agent_memory_avg,
  agent_memory_max,
  agent_cpu_time,
};
inline constexpr std::size_t field_count = static_cast<std::size_t>(Field::agent_cpu_time) + 1;

enum class Kind : std::uint8_t {
  text,        // a JSON string
  boolean,     // true or false
  whole,       // a number without decimals
  thousandths  // a number with up to three decimals; kept as a whole number of thousandths
};

// One row of the catalogue.
struct FieldInfo {
  Field field;
  std::string_view name;  // the member's name on the line
  Kind kind;
  std::string_view unit;         // the EMF unit of the metric ("Milliseconds", …, "None"); empty: not a number
  bool insights;                 // a field of AWS Lambda Insights, kept exactly
  bool default_metric;           // published as a metric by default
  std::string_view description;  // one sentence for docs/metrics.md
};

// The whole table; index it with a Field.
extern const std::array<FieldInfo, field_count> catalogue;

[[nodiscard]] inline const FieldInfo& info(Field field) {
  return catalogue[static_cast<std::size_t>(field)];
}
[[nodiscard]] constexpr bool is_number(const FieldInfo& row) {
  return row.kind == Kind::whole || row.kind == Kind::thousandths;
}

// Whether the compact record has the field: those of Lambda Insights, but for the three agent_… ones, which tell of
// this extension and nothing of the function (docs/metrics.md).
[[nodiscard]] constexpr bool is_compact(const FieldInfo& row) {
  return row.insights && !row.name.starts_with("agent_");
}

// The field of that name, if there is one.
[[nodiscard]] std::optional<Field> find_field(std::string_view name);

}  // namespace vitals
