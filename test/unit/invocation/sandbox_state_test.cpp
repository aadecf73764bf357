#include "invocation/sandbox_state.h"

#include "support/catch.h"

namespace vitals {

TEST_CASE("a sandbox is from a snapshot by its initialization type, or when telemetry reports a restore") {
  SandboxState state;
  CHECK_FALSE(state.is_from_snapshot());
  SECTION("type") {
    state.initialization_type = "snap-start";
  }
  SECTION("telemetry") {
    lambda::TelemetryEvent restored;
    restored.type = lambda::TelemetryType::restore_start;
    state.apply(restored);
  }
  CHECK(state.is_from_snapshot());
}

TEST_CASE("a durable function shows in the version of its runtime") {
  SandboxState state;
  lambda::TelemetryEvent init;
  init.type = lambda::TelemetryType::init_start;
  state.apply(init);
  CHECK(state.runtime_version.empty());
  init.runtime_version = "nodejs:22.v40";
  state.apply(init);
  CHECK(state.runtime_version == "nodejs:22.v40");
  CHECK_FALSE(state.is_durable());
  init.runtime_version = "nodejs:22.DurableFunction.v40";
  state.apply(init);
  CHECK(state.is_durable());
}

TEST_CASE("the share of a memory size") {
  CHECK(allotted_vcpus(1769, 2) == 1.0);
  CHECK(allotted_vcpus(256, 2) == 256.0 / 1769.0);
  CHECK(allotted_vcpus(10'240, 6) == 10'240.0 / 1769.0);
  CHECK(allotted_vcpus(10'240, 2) == 2.0);
}

}  // namespace vitals
