// /proc/loadavg: the most recent pid, a cheap way to see whether there are new processes.
#pragma once

#include <sys/types.h>

#include <string_view>

#include "base/result.h"

namespace vitals::procfs {

// Parses the content of /proc/loadavg: its fifth field, the most recent pid (of a process or a thread) in the reader's
// pid namespace; 0 if the system does not report it. Error malformed: not five fields on one complete line.
[[nodiscard]] Result<pid_t> parse_last_pid(std::string_view text);

}  // namespace vitals::procfs
