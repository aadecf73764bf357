// /proc/PID/cmdline: the arguments a process was started with.
#pragma once

#include <array>
#include <string_view>

namespace vitals::procfs {

// The first arguments in the content of /proc/PID/cmdline, each ended by a NUL; empty where there is none, and all
// empty for a kernel thread or a process that has ended. A last argument without its NUL was cut short and is left out.
// The views point into `text`.
[[nodiscard]] std::array<std::string_view, 3> parse_arguments(std::string_view text);

}  // namespace vitals::procfs
