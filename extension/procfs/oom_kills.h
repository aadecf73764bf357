// How many processes the kernel's out-of-memory killer has killed: `oom_kill` of /proc/vmstat (the whole machine) and
// of a memory cgroup's memory.events (v2) or memory.oom_control (v1), all from kernel 4.13 on. Documented in the
// kernel's admin-guide/cgroup-v1/memory and admin-guide/cgroup-v2.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace vitals::procfs {

// The counter in the content of any of the three files. Error missing: there is no such line; malformed.
[[nodiscard]] Result<std::uint64_t> parse_oom_kills(std::string_view text);

}  // namespace vitals::procfs
