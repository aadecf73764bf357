// Whether a process is another extension: its executable, or for a script the script itself, lies in a directory of
// extensions.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <string_view>

namespace vitals {

// Whether `path` lies in one of `directories`, at any depth. Relative paths lie nowhere.
[[nodiscard]] bool lies_in(std::string_view path, std::span<const std::string> directories);

// Whether the process is an extension, by what /proc/PID/exe points to and by the first three arguments of
// /proc/PID/cmdline: an interpreter's script is one of them. `proc` is the open root of /proc. What cannot be read
// tells nothing; a process of which neither can be read is the function's.
[[nodiscard]] bool is_extension(int proc, pid_t pid, std::span<const std::string> directories, std::span<char> buffer);

}  // namespace vitals
