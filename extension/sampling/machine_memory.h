// The memory of the machine, which on Managed Instances is that of the execution environment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace vitals {

// MemTotal of PROC_ROOT/meminfo, in bytes (proc_meminfo(5)). Absent if it cannot be read.
[[nodiscard]] std::optional<std::uint64_t> machine_memory(const std::string& proc_root = "/proc");

}  // namespace vitals
