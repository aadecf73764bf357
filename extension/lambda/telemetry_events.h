// The platform events of the Telemetry API as types: the content of the platform's POSTs to the listener.
// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/identifier.h"
#include "base/result.h"
#include "base/text.h"
#include "lambda/array_elements.h"

namespace vitals::lambda {

enum class TelemetryType {
  init_start,              // platform.initStart
  init_runtime_done,       // platform.initRuntimeDone
  init_report,             // platform.initReport
  start,                   // platform.start
  runtime_done,            // platform.runtimeDone
  report,                  // platform.report
  restore_start,           // platform.restoreStart
  restore_runtime_done,    // platform.restoreRuntimeDone
  restore_report,          // platform.restoreReport
  extension,               // platform.extension
  telemetry_subscription,  // platform.telemetrySubscription
  logs_dropped             // platform.logsDropped
};

// One event: its type, and those of its members that are used here. A member that the event does not have, or that is
// not of its documented type, is absent. No documented string is longer than its member here; a longer one is
// truncated.
struct TelemetryEvent {
  TelemetryType type{};
  std::optional<WallTime> time;  // time: when the platform created the event
  RequestId request_id;          // record.requestId: start, runtimeDone, report
  Text<32> status;               // record.status: success, failure, error, timeout
  Text<128> error_type;          // record.errorType
  Text<32> initialization_type;
  Text<128> reason;
  Text<64> trace_id;         // record.tracing.value, its Root: start, report
  Text<128> version;         // record.functionArn, its qualifier: start on Managed Instances
  Text<128> tenant_id;       // record.tenantId: start, runtimeDone, report; a longer one stays absent
  Text<64> runtime_version;  // record.runtimeVersion: initStart
  Text<128> instance_id;     // record.instanceId: initStart, likewise
  std::optional<std::int64_t> instance_max_memory;          // record.instanceMaxMemory
  std::optional<std::chrono::nanoseconds> duration;         // record.metrics.durationMs
  std::optional<std::chrono::nanoseconds> billed_duration;  // record.metrics.billedDurationMs
  std::optional<std::chrono::nanoseconds> init_duration;
  std::optional<std::chrono::nanoseconds> restore_duration;
  std::optional<std::chrono::nanoseconds> billed_restore_duration;
  std::optional<std::int64_t> memory_size_mb;  // record.metrics.memorySizeMB
  std::optional<double> max_memory_used_mb;    // record.metrics.maxMemoryUsedMB
  std::optional<std::int64_t> produced_bytes;
  std::optional<std::chrono::nanoseconds> response_latency;  // record.spans[].name responseLatency, its durationMs
  std::optional<std::chrono::nanoseconds> response_duration;
  std::optional<std::chrono::nanoseconds> runtime_overhead;
  std::optional<std::chrono::nanoseconds> extension_overhead;
};

// An event longer than this is malformed: the longest documented one has 1 KB.
inline constexpr std::size_t max_telemetry_event = 16'384;

struct TelemetryBatch {
  std::vector<TelemetryEvent> events;  // valid events of a known type, in the batch's order
  std::size_t dropped = 0;             // number of malformed ones
  std::size_t ignored = 0;             // number of those of an unknown or unused type
  bool partial = false;                // more of the same POST follows

  [[nodiscard]] bool empty() const { return events.empty() && dropped == 0 && ignored == 0; }
  // Keeps the memory of a usual batch for the next one.
  void clear();
};

// Decodes a batch, a JSON array of {time, type, record}, piece by piece as it arrives, so that a batch of any length
// needs the memory of one event. Of a malformed event nothing is used; the others are unaffected. Memory is reused from
// batch to batch.
class TelemetryReader final : private ArrayElements {
 public:
  TelemetryReader();
  // The next piece of the body. Returns the events that are complete now, valid until the next call. After end() the
  // next feed() starts another body.
  // `more`: the body continues after this piece.
  [[nodiscard]] const TelemetryBatch& feed(std::string_view piece, bool more = false);
  [[nodiscard]] const TelemetryBatch& end();

 private:
  bool element(std::string_view text) override;
  void left_out() override;

  TelemetryBatch batch_;
};

// Decodes a whole batch. Never fails: a batch cannot be requested again.
[[nodiscard]] TelemetryBatch parse_telemetry(std::string_view body);

// "2022-10-12T00:03:50.000Z", with any number of decimals (RFC 3339, UTC). Empty for anything else.
[[nodiscard]] std::optional<WallTime> parse_timestamp(std::string_view text);

}  // namespace vitals::lambda
