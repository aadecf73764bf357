// /proc/PID/statm: a process's memory in pages, the cheapest file that has it.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace vitals::procfs {

// The used fields of /proc/PID/statm, in pages of sysconf(_SC_PAGESIZE) bytes.
struct Statm {
  std::uint64_t size = 0;      // field 1: VmSize; 0 for an ending process that has released its memory
  std::uint64_t resident = 0;  // field 2: VmRSS
  std::uint64_t shared = 0;    // field 3: of these, RssFile + RssShmem
};

// Parses the content of /proc/PID/statm. Error malformed: not seven whole numbers on one complete line.
[[nodiscard]] Result<Statm> parse_statm(std::string_view text);

}  // namespace vitals::procfs
