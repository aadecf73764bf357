// LineSink: where the lines go. A line is written whole, in one write(2), and never waited for: what standard output
// cannot take at once is kept, within bounds, and written when it can. The descriptor's own flags are left as they are,
// because other processes share them.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/file_descriptor.h"

namespace vitals {

// Lines kept while standard output is full: some dozens of lines, so that a reader that was away for seconds loses
// none, and a fraction of the memory that the extension may take.
inline constexpr std::size_t max_kept_bytes = 131'072;

class LineSink {
 public:
  // Writes to `fd`, which is not owned and must stay open. Where it is a pipe, it is opened anew through
  // `/proc/self/fd`, so that it can be non-blocking for this process alone; where that is refused, poll(2) is asked
  // before each write.
  explicit LineSink(int fd);

  // Takes a line with its newline. When the bound is reached the oldest kept lines are lost, and counted.
  void write(std::string_view line);

  // Writes what was kept, as far as it goes now.
  void flush();

  // The same, waiting for standard output for as long as `limit`: for the end, when there is no later.
  void flush_for(std::chrono::nanoseconds limit);

  // Drops what is still kept and counts it as lost.
  void give_up();

  [[nodiscard]] std::size_t kept_bytes() const { return kept_bytes_; }

  // Whether lines are kept that flush() should be called for.
  [[nodiscard]] bool pending() const { return !kept_.empty(); }

  // A descriptor that is readable when standard output can be written to again: an epoll(7) of its own, because who
  // waits for a descriptor may make it non-blocking, and standard output is shared. -1 where there is none to be had; a
  // regular file cannot be waited for.
  [[nodiscard]] int waitable();

  // How many lines were lost since this was last asked: standard output is closed, broken, or was full for too long.
  [[nodiscard]] std::uint64_t take_lost();

 private:
  enum class Outcome { done, full, failed };
  [[nodiscard]] ssize_t write_now(std::string_view bytes) const;
  Outcome put(std::string_view line, std::size_t& written);

  int fd_;
  FileDescriptor own_;
  FileDescriptor writable_;
  bool is_socket_ = false;
  std::deque<std::string> kept_;
  std::size_t kept_bytes_ = 0;
  std::size_t front_written_ = 0;  // of the oldest kept line, when only a part of it went out
  bool torn_ = false;              // the last line went out in part and failed: a newline ends it before the next one
  std::uint64_t lost_ = 0;
};

}  // namespace vitals
