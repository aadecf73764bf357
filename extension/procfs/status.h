// /proc/PID/status: values that no cheaper file of a process has, above all the high-water mark of its memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace vitals::procfs {

// Absent for kernel threads and for processes that have ended: they have no memory.
struct Status {
  std::optional<std::uint64_t> VmHWM;  // bytes: highest resident memory so far
  std::optional<std::uint64_t> VmRSS;  // bytes: resident memory now
};

// Parses the content of /proc/PID/status. Error malformed: it does not start with the process's name, or one of the two
// lines is malformed or truncated.
[[nodiscard]] Result<Status> parse_status(std::string_view text);

}  // namespace vitals::procfs
