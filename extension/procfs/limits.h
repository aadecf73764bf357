// /proc/PID/limits: the resource limits of a process.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace vitals::procfs {

struct Limits {
  std::optional<std::uint64_t> max_open_files;  // soft limit of open descriptors; absent: unlimited
};

// Parses the content of /proc/PID/limits. Error malformed: the line "Max open files" is missing, truncated, or neither
// a number nor "unlimited".
[[nodiscard]] Result<Limits> parse_limits(std::string_view text);

// Parses the content of /proc/sys/fs/nr_open: the upper bound of any process's limit of open descriptors.
// Error malformed: not one whole number on a complete line.
[[nodiscard]] Result<std::uint64_t> parse_nr_open(std::string_view text);

}  // namespace vitals::procfs
