#include "invocation/telemetry_state.h"

#include "support/catch.h"

namespace vitals {

using lambda::TelemetryType;

TEST_CASE("telemetry that is promised is waited for until an end is missed, and again when an end comes") {
  TelemetryState telemetry;
  CHECK(!telemetry.is_expected());
  telemetry.promised();
  CHECK(telemetry.is_reliable());
  telemetry.seen(TelemetryType::start);
  CHECK(telemetry.is_reliable());
  telemetry.missed();
  CHECK(!telemetry.is_reliable());
  CHECK(telemetry.is_promised());
  telemetry.seen(TelemetryType::start);
  CHECK(!telemetry.is_reliable());
  telemetry.seen(TelemetryType::runtime_done);
  CHECK(telemetry.is_reliable());
}

TEST_CASE("telemetry that nobody promised is used, and never waited for") {
  TelemetryState telemetry;
  telemetry.seen(TelemetryType::runtime_done);
  CHECK(telemetry.is_expected());
  CHECK(!telemetry.is_promised());
  CHECK(!telemetry.is_reliable());
  telemetry.missed();
  CHECK(!telemetry.is_promised());
  telemetry.promised();
  CHECK(telemetry.is_reliable());
}

}  // namespace vitals
