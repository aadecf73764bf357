// The fields of a window's record: the rules of docs/metrics.md, applied to the samples and to telemetry. Pure.
#pragma once

#include "invocation/sandbox_state.h"
#include "invocation/window.h"
#include "record/invocation_record.h"

namespace vitals {

// The record of a closed window. Its strings point into `window` and `sandbox`, which must outlive it.
[[nodiscard]] InvocationRecord build_record(const Window& window, const SandboxState& sandbox);

}  // namespace vitals
