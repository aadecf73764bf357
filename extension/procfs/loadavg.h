// /proc/loadavg: the pid that was given out last, which tells cheaply whether there are new processes.
#pragma once

#include <sys/types.h>

#include <string_view>

#include "base/result.h"

namespace vitals::procfs {

// Parses the content of /proc/loadavg: its fifth field, the pid (of a process or a thread) that was given out last in
// the reader's pid namespace; 0 where the system does not tell. Error malformed: not five fields on one complete line.
[[nodiscard]] Result<pid_t> parse_last_pid(std::string_view text);

}  // namespace vitals::procfs
