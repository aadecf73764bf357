// Program: the extension under test as a child process, and what the kernel charges it for.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "cpu_group.h"

namespace bench {

using Nanoseconds = std::chrono::nanoseconds;

// Of the monotonic clock.
[[nodiscard]] Nanoseconds now();

class Program {
 public:
  // Starts `command` with only the environment `environment`, its standard output into a pipe. `cold`: its file, the
  // first of the command, is put out of the page cache first. It runs in `group`, if there is one. Throws
  // std::runtime_error.
  Program(const std::vector<std::string>& command, const std::vector<std::string>& environment, bool cold,
          const CpuGroup* group);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  [[nodiscard]] vitals::FileDescriptor take_output() { return std::move(output_); }
  [[nodiscard]] pid_t pid() const { return pid_; }

  [[nodiscard]] Nanoseconds executed_at() const { return executed_at_; }      // just before exec
  [[nodiscard]] std::uint64_t cached_bytes() const { return cached_bytes_; }  // of its file, then

  [[nodiscard]] bool has_ended();
  [[nodiscard]] int status() const { return status_; }  // as of waitpid

  // Processor time of all threads, exact to the nanosecond.
  [[nodiscard]] Nanoseconds cpu_time() const;

  // /proc/PID/smaps_rollup Pss, in kB.
  [[nodiscard]] std::uint64_t pss_kb() const;
  // /proc/PID/status VmHWM, in kB.
  [[nodiscard]] std::uint64_t high_water_kb() const;
  // How often its threads have been taken off the processor, of their own will or not: every wake-up ends in one.
  [[nodiscard]] std::uint64_t switches() const;
  // Whether it sleeps: it has nothing left to do.
  [[nodiscard]] bool sleeps() const;

 private:
  [[nodiscard]] std::string read(const std::string& file) const;

  pid_t pid_ = -1;
  vitals::FileDescriptor output_;
  Nanoseconds executed_at_{};
  std::uint64_t cached_bytes_ = 0;
  bool ended_ = false;
  int status_ = 0;
};

}  // namespace bench
