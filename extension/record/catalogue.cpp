#include "record/catalogue.h"

namespace vitals {

namespace {

using enum Kind;

constexpr bool insights = true;
constexpr bool ours = false;
constexpr bool metric = true;
constexpr bool field_only = false;

constexpr std::string_view none = "None";
constexpr std::string_view count = "Count";
constexpr std::string_view percent = "Percent";
constexpr std::string_view bytes = "Bytes";
constexpr std::string_view megabytes = "Megabytes";
constexpr std::string_view milliseconds = "Milliseconds";
constexpr std::string_view no_unit;

}  // namespace

// clang-format off
constexpr std::array<FieldInfo, field_count> catalogue = {{
  {Field::event_type, "event_type", text, no_unit, insights, field_only,
   "Always `performance`: what Lambda Insights' queries filter on."},
  {Field::function_name, "function_name", text, no_unit, insights, field_only,
   "Name of the function, from the invoked ARN, else from AWS_LAMBDA_FUNCTION_NAME."},
  {Field::version, "version", text, no_unit, insights, field_only,
   "Alias or version in the invoked ARN; absent when the ARN has none."},
  {Field::request_id, "request_id", text, no_unit, insights, field_only,
   "Id of the invocation, from the INVOKE event."},
  {Field::trace_id, "trace_id", text, no_unit, insights, field_only,
   "X-Ray trace id of the invocation, the Root part alone, from the INVOKE event."},
  {Field::sandbox_id, "sandbox_id", text, no_unit, ours, field_only,
   "Random id of the sandbox, made when the extension starts and again after a restore."},
  {Field::instance_id, "instance_id", text, no_unit, ours, field_only,
   "Id of the execution environment on Managed Instances, which is the name of its log stream, from platform.initStart."},
  {Field::invocation, "invocation", whole, count, ours, field_only,
   "Number of this invocation in its sandbox, from 1."},
  {Field::initialization_type, "initialization_type", text, no_unit, ours, field_only,
   "How the sandbox came to be, from AWS_LAMBDA_INITIALIZATION_TYPE: `on-demand`, `provisioned-concurrency`, "
   "`snap-start`."},
  {Field::architecture, "architecture", text, no_unit, ours, field_only,
   "Instruction set of the sandbox: `x86_64` or `arm64`."},
  {Field::cold_start, "cold_start", boolean, no_unit, insights, field_only,
   "True for the first invocation after an on-demand init or a restore."},
  {Field::status, "status", text, no_unit, ours, field_only,
   "How the invocation ended, from platform.report or platform.runtimeDone: `success`, `error`, `failure`, `timeout`."},
  {Field::error_type, "error_type", text, no_unit, ours, field_only,
   "Type of the error, from platform.report or platform.runtimeDone; absent on success."},
  {Field::timeout, "timeout", boolean, no_unit, insights, field_only,
   "True when the invocation ran into the function's timeout; absent otherwise."},
  {Field::out_of_memory, "out_of_memory", boolean, no_unit, ours, field_only,
   "True when the function was killed because its memory was used up; absent otherwise."},
  {Field::shutdown_reason, "shutdown_reason", text, no_unit, insights, field_only,
   "Why the sandbox shut down, from the SHUTDOWN event, on the record that it closed; absent otherwise."},
  {Field::duration, "duration", thousandths, milliseconds, insights, field_only,
   "Duration of the invocation, from platform.report; without telemetry, measured when its end was truly observed."},
  {Field::billed_duration, "billed_duration", thousandths, milliseconds, insights, field_only,
   "Duration that is billed, from platform.report."},
  {Field::billed_mb_ms, "billed_mb_ms", whole, none, insights, field_only,
   "What is billed in megabyte-milliseconds: billed_duration times total_memory."},
  {Field::init_duration, "init_duration", thousandths, milliseconds, insights, metric,
   "Duration of the init phase, from platform.initReport or platform.report; on a sandbox's first record alone."},
  {Field::restore_duration, "restore_duration", thousandths, milliseconds, ours, field_only,
   "Duration of the restore from a snapshot, from platform.restoreReport or platform.report; on the first record after "
   "it alone."},
  {Field::response_latency, "response_latency", thousandths, milliseconds, ours, field_only,
   "Time until the runtime began to send its response, from the span responseLatency."},
  {Field::response_duration, "response_duration", thousandths, milliseconds, ours, field_only,
   "Time that sending the response took, from the span responseDuration."},
  {Field::runtime_overhead, "runtime_overhead", thousandths, milliseconds, ours, field_only,
   "Time between the end of the response and the runtime asking for the next event, from the span runtimeOverhead."},
  {Field::extension_overhead, "extension_overhead", thousandths, milliseconds, ours, field_only,
   "Time that extensions kept the invocation open after the runtime was done, from the span extensionOverhead."},
  {Field::produced_bytes, "produced_bytes", whole, bytes, ours, field_only,
   "Size of the response, from platform.runtimeDone."},
  {Field::concurrency, "concurrency", whole, count, ours, field_only,
   "Invocations in flight when this one started, itself included, from platform.start and platform.report; on Managed "
   "Instances."},
  {Field::interval, "interval", thousandths, milliseconds, ours, field_only,
   "Time that an environment line is of; on Managed Instances."},
  {Field::invocations, "invocations", whole, count, ours, field_only,
   "Invocations that ended in the interval, from platform.report; on an environment line."},
  {Field::errors, "errors", whole, count, ours, field_only,
   "Those of them with the status `error` or `failure`; on an environment line."},
  {Field::timeouts, "timeouts", whole, count, ours, field_only,
   "Those of them with the status `timeout`; on an environment line."},
  {Field::concurrency_avg, "concurrency_avg", thousandths, none, ours, field_only,
   "Average number of invocations in flight in the interval; on an environment line."},
  {Field::concurrency_max, "concurrency_max", whole, count, ours, field_only,
   "Most invocations in flight at one time in the interval; on an environment line."},
  {Field::cpu_total_time, "cpu_total_time", thousandths, milliseconds, insights, metric,
   "CPU time that the function's processes used: cpu_user_time plus cpu_system_time, from their CPU clocks and /proc."},
  {Field::cpu_user_time, "cpu_user_time", thousandths, milliseconds, insights, field_only,
   "CPU time that the function's processes used in user mode, from their CPU clocks and /proc/PID/stat."},
  {Field::cpu_system_time, "cpu_system_time", thousandths, milliseconds, insights, field_only,
   "CPU time that the function's processes used in the kernel, from their CPU clocks and /proc/PID/stat."},
  {Field::cpu_utilization, "cpu_utilization", thousandths, percent, ours, field_only,
   "cpu_total_time as a share of the CPU time that the memory size allots in the window; 1,769 MB are one vCPU, 100 is "
   "CPU-bound."},
  {Field::cpu_utilization_max, "cpu_utilization_max", thousandths, percent, insights, field_only,
   "Highest cpu_utilization of a second in the interval, or of longer where a sample is too expensive for every second; on "
   "an environment line."},
  {Field::cpu_count, "cpu_count", thousandths, none, ours, field_only,
   "vCPUs that cpu_utilization is a share of; on an environment line, from cpu.max of the cgroup and the affinity."},
  {Field::init_cpu_time, "init_cpu_time", thousandths, milliseconds, ours, field_only,
   "CPU time that the function's processes used before the first INVOKE, from their CPU clocks and /proc; on a "
   "sandbox's first record alone."},
  {Field::total_memory, "total_memory", whole, megabytes, insights, metric,
   "Memory size of the function, from platform.report, else from AWS_LAMBDA_FUNCTION_MEMORY_SIZE."},
  {Field::used_memory_max, "used_memory_max", thousandths, megabytes, insights, metric,
   "Most memory that the sandbox has used since it started, from platform.report; without telemetry, the most resident "
   "memory of all processes in it, this extension's too, since then, from /proc."},
  {Field::memory_utilization, "memory_utilization", thousandths, percent, insights, metric,
   "used_memory_max as a share of total_memory."},
  {Field::memory_utilization_max, "memory_utilization_max", thousandths, percent, insights, field_only,
   "Most resident memory of all processes in the environment in the interval, as a share of total_memory; on an "
   "environment line."},
  {Field::memory_peak, "memory_peak", thousandths, megabytes, ours, field_only,
   "Peak resident memory of the function's processes in this invocation, from /proc/PID/statm, status and smaps_rollup; a "
   "page that several of them share counts once, as in Pss."},
  {Field::page_faults_major, "page_faults_major", whole, count, ours, field_only,
   "Page faults of the function's processes that had to wait for storage, from /proc/PID/stat."},
  {Field::tmp_max, "tmp_max", whole, bytes, insights, field_only,
   "Size of /tmp, from statvfs."},
  {Field::tmp_used, "tmp_used", whole, bytes, ours, field_only,
   "Most bytes in use in /tmp in the window, from statvfs."},
  {Field::tmp_free, "tmp_free", whole, bytes, insights, field_only,
   "Fewest bytes free in /tmp in the window, from statvfs."},
  {Field::disk_read_bytes, "disk_read_bytes", whole, bytes, ours, field_only,
   "Bytes that the function's processes read from storage, from /proc/PID/io."},
  {Field::disk_write_bytes, "disk_write_bytes", whole, bytes, ours, field_only,
   "Bytes that the function's processes wrote to storage, from /proc/PID/io."},
  {Field::rx_bytes, "rx_bytes", whole, bytes, insights, metric,
   "Bytes received on the sandbox's data interfaces, from /proc/net/dev."},
  {Field::tx_bytes, "tx_bytes", whole, bytes, insights, metric,
   "Bytes sent on the sandbox's data interfaces, from /proc/net/dev."},
  {Field::total_network, "total_network", whole, bytes, insights, metric,
   "rx_bytes plus tx_bytes."},
  {Field::threads_max, "threads_max", whole, count, insights, field_only,
   "Most threads of the function's processes at one time, from /proc/PID/stat."},
  {Field::processes_max, "processes_max", whole, count, ours, field_only,
   "Most processes of the function at one time, from /proc."},
  {Field::fd_use, "fd_use", whole, count, insights, field_only,
   "Most file descriptors that one of the function's processes had open, from /proc/PID/fd."},
  {Field::fd_max, "fd_max", whole, count, insights, field_only,
   "Most file descriptors that one of the function's processes may open: the soft limit, from prlimit, "
   "else /proc/PID/limits."},
  {Field::extensions_cpu_time, "extensions_cpu_time", thousandths, milliseconds, ours, field_only,
   "CPU time that the other extensions of the sandbox used, from their CPU clocks and /proc; absent when there are none."},
  {Field::extensions_memory_max, "extensions_memory_max", thousandths, megabytes, ours, field_only,
   "Most resident memory of the other extensions of the sandbox, from /proc/PID/statm; absent when there are none."},
  {Field::agent_version, "agent_version", text, no_unit, insights, field_only,
   "Version of Lambda Vitals."},
  {Field::agent_memory_avg, "agent_memory_avg", thousandths, megabytes, insights, field_only,
   "Average resident memory of Lambda Vitals itself in the window, from /proc/self/statm."},
  {Field::agent_memory_max, "agent_memory_max", thousandths, megabytes, insights, field_only,
   "Most resident memory of Lambda Vitals itself in the window, from /proc/self/statm."},
  {Field::agent_cpu_time, "agent_cpu_time", thousandths, milliseconds, ours, field_only,
   "CPU time that Lambda Vitals itself used in the window, from its own CPU clock."},
}};
// clang-format on

namespace {

constexpr bool rows_are_in_the_order_of_the_enum() {
  for (std::size_t row = 0; row < catalogue.size(); ++row) {
    if (static_cast<std::size_t>(catalogue[row].field) != row) return false;
  }
  return true;
}
static_assert(rows_are_in_the_order_of_the_enum());

constexpr bool numbers_have_units_and_nothing_else_has() {
  for (const FieldInfo& row : catalogue) {
    if (is_number(row) == row.unit.empty()) return false;
    if (row.default_metric && !is_number(row)) return false;
  }
  return true;
}
static_assert(numbers_have_units_and_nothing_else_has());

// With more than 100 metrics CloudWatch stores the line and silently loses them all. A metric is a field of this table.
static_assert(catalogue.size() <= 100);

}  // namespace

std::optional<Field> find_field(std::string_view name) {
  for (const FieldInfo& row : catalogue) {
    if (row.name == name) return row.field;
  }
  return std::nullopt;
}

}  // namespace vitals
