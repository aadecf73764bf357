// What the sandbox is when the extension starts in it, from the settings and the operating system.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/settings.h"
#include "invocation/sandbox_state.h"

namespace vitals {

// A new sandbox's id: 16 hexadecimal digits from the kernel's random numbers; empty, and so absent, where those are not
// to be had without waiting.
[[nodiscard]] std::string random_id();

// MemTotal of /proc/meminfo, bytes.
[[nodiscard]] std::optional<std::uint64_t> machine_memory();

[[nodiscard]] SandboxState new_sandbox(const Settings& settings);

}  // namespace vitals
