// /proc/PID/status: what no cheaper file of a process tells, above all the high-water mark of its memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace vitals::procfs {

// Absent for kernel threads and for processes that have ended: they have no memory.
struct Status {
  std::optional<std::uint64_t> VmHWM;  // bytes: the most that was ever resident
  std::optional<std::uint64_t> VmRSS;  // bytes: what is resident
};

// Parses the content of /proc/PID/status. Error malformed: it does not start with the process's name, or a line that
// is there cannot be understood or was cut short.
[[nodiscard]] Result<Status> parse_status(std::string_view text);

}  // namespace vitals::procfs
