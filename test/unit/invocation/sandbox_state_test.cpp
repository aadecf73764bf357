#include "invocation/sandbox_state.h"

#include "support/catch.h"

namespace vitals {

TEST_CASE("a sandbox is restored once, however often that is reported") {
  SandboxState state;
  lambda::TelemetryEvent restored;
  restored.type = lambda::TelemetryType::restore_start;
  CHECK(state.apply(restored));
  CHECK_FALSE(state.apply(restored));
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

}  // namespace vitals
