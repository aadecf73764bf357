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

}  // namespace vitals
