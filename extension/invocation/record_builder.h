// What a window's line says: the rules of docs/metrics.md that turn what was measured and what telemetry told into the
// fields of a record. Pure.
#pragma once

#include "invocation/sandbox_state.h"
#include "invocation/window.h"
#include "record/invocation_record.h"

namespace vitals {

// The record of a closed window. Its texts point into `window` and `sandbox`, which must outlive it.
[[nodiscard]] InvocationRecord build_record(const Window& window, const SandboxState& sandbox);

}  // namespace vitals
