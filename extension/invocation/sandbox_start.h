// The state of the sandbox when the extension starts, from the settings and the operating system.
#pragma once

#include <string>

#include "config/settings.h"
#include "invocation/sandbox_state.h"

namespace vitals {

// A new sandbox's id: 16 hexadecimal digits from the kernel's random numbers; empty, and so absent, if these are not
// available without waiting.
[[nodiscard]] std::string random_id();

[[nodiscard]] SandboxState new_sandbox(const Settings& settings);

}  // namespace vitals
