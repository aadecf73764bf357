// Builders for tests that play a history of events: INVOKEs, samples and telemetry with as little said as can be.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "lambda/extension_events.h"
#include "lambda/telemetry_events.h"
#include "sampling/sample.h"

namespace vitals::test {

// A moment `ms` after the start of the test's own time.
inline TimePoint at_ms(std::int64_t ms) {
  return {WallTime{std::chrono::milliseconds{1'700'000'000'000 + ms}},
          SteadyTime{std::chrono::milliseconds{1'000'000 + ms}}};
}

inline lambda::InvokeEvent invoke(const std::string& id, std::int64_t deadline_ms = 3000) {
  return {RequestId{id}, at_ms(deadline_ms).wall, "arn:aws:lambda:us-east-1:123456789012:function:sample:live",
          "1-root"};
}

// A sample in which the function's processes have used so much CPU time since they started.
inline Sample sample(std::int64_t ms, std::chrono::nanoseconds cpu = {}) {
  Sample sample;
  sample.at = at_ms(ms);
  sample.function = Totals{};
  sample.function->cpu.user = cpu;
  sample.gauges.resident_bytes = 64 * 1024 * 1024;
  sample.gauges.threads = 3;
  return sample;
}

inline lambda::TelemetryEvent telemetry(lambda::TelemetryType type, const std::string& id = {}) {
  lambda::TelemetryEvent event;
  event.type = type;
  event.time = at_ms(10).wall;
  event.request_id = RequestId{id};
  return event;
}
// platform.initStart of this process's init.
inline lambda::TelemetryEvent init_start(std::int64_t ms = -1000) {
  auto event = telemetry(lambda::TelemetryType::init_start);
  event.time = at_ms(ms).wall;
  return event;
}
inline lambda::TelemetryEvent runtime_done(const std::string& id, const std::string& status = "success") {
  auto event = telemetry(lambda::TelemetryType::runtime_done, id);
  event.status = status;
  return event;
}
inline lambda::TelemetryEvent report(const std::string& id, const std::string& status = "success") {
  auto event = telemetry(lambda::TelemetryType::report, id);
  event.status = status;
  return event;
}

}  // namespace vitals::test
