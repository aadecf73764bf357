// The path of a process's file below the root of /proc, made without allocating.
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace vitals::procfs {

// "PID/name", for openat(2) and its like. `name` is cut to 32 bytes, which no file of /proc/PID needs.
class ProcessPath {
 public:
  ProcessPath(pid_t pid, std::string_view name) {
    char* end = std::to_chars(text_.data(), text_.data() + 12, pid).ptr;
    *end++ = '/';
    name = name.substr(0, 32);
    *std::copy(name.begin(), name.end(), end) = '\0';
  }
  [[nodiscard]] const char* c_str() const { return text_.data(); }

 private:
  std::array<char, 48> text_{};
};

}  // namespace vitals::procfs
