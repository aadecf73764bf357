// The path of a process's file below the root of /proc, built without allocating.
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace vitals::procfs {

// "PID/name", or of a thread "PID/task/TID/name", for openat(2) and similar calls. `name` is truncated to 16 bytes,
// which is enough for all files of a process.
class ProcessPath {
 public:
  ProcessPath(pid_t pid, std::string_view name) { finish(start(pid), name); }
  ProcessPath(pid_t pid, pid_t thread, std::string_view name) {
    constexpr std::string_view tasks = "task/";
    finish(number(std::copy(tasks.begin(), tasks.end(), start(pid)), thread), name);
  }
  [[nodiscard]] const char* c_str() const { return text_.data(); }

 private:
  [[nodiscard]] static char* number(char* at, pid_t value) {
    at = std::to_chars(at, at + 12, value).ptr;
    *at++ = '/';
    return at;
  }
  [[nodiscard]] char* start(pid_t pid) { return number(text_.data(), pid); }
  static void finish(char* end, std::string_view name) {
    name = name.substr(0, 16);
    *std::copy(name.begin(), name.end(), end) = '\0';
  }

  std::array<char, 48> text_{};
};

}  // namespace vitals::procfs
