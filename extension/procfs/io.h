// /proc/PID/io: what a process has read and written. Readable for its own user only.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace vitals::procfs {

// The used fields of /proc/PID/io, in bytes since the process started, including the children that it has waited for.
// They count what went to or came from storage, not what the page cache served.
struct Io {
  std::uint64_t read_bytes = 0;
  std::uint64_t write_bytes = 0;
};

// Parses the content of /proc/PID/io. Error malformed: one of the two is missing, truncated or not a number.
[[nodiscard]] Result<Io> parse_io(std::string_view text);

}  // namespace vitals::procfs
