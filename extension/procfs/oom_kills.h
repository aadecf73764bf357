// How many processes the kernel's out-of-memory killer has killed: `oom_kill` of /proc/vmstat (the whole machine;
// kernel 4.13 and later) and of a memory cgroup's memory.events (v2) or memory.oom_control (v1; 4.13 and later), and
// which cgroup that is: /proc/PID/cgroup. Documented in the kernel's filesystems/proc and admin-guide/cgroup-v1/memory,
// cgroup-v2.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace vitals::procfs {

// The counter in the content of any of the three files. Error missing: there is no such line; malformed.
[[nodiscard]] Result<std::uint64_t> parse_oom_kills(std::string_view text);

// A process's memory cgroup. The view points into the parsed text.
struct MemoryCgroup {
  bool v1 = false;  // a hierarchy with the memory controller; else the unified one (v2)
  std::string_view path;
};

// From the content of /proc/PID/cgroup, lines of "id:controllers:path"; v1 where there are both.
// Error missing: there is neither.
[[nodiscard]] Result<MemoryCgroup> parse_memory_cgroup(std::string_view text);

}  // namespace vitals::procfs
