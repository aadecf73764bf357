// LineSink: where the lines go. A line is written whole, in one write(2), without waiting: what standard output does
// not accept at once is buffered, within bounds, and written later. The descriptor's flags stay unchanged, because
// other processes share them.
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

// Size of the buffer for a full standard output: some dozens of lines, so that a reader that pauses for seconds loses
// none, and a fraction of the memory that the extension may use.
inline constexpr std::size_t max_kept_bytes = 131'072;

class LineSink {
 public:
  // Both ends of a pipe.
  struct Pipe {
    FileDescriptor out;
    FileDescriptor in;
  };

  // Writes to `fd`, which is not owned and must stay open. A pipe is opened again through `/proc/self/fd`, so that it
  // is non-blocking for this process only. Where that is refused, as in Lambda, where the pipe belongs to another user,
  // lines go through a private pipe and splice(2), which does not wait either.
  explicit LineSink(int fd);

  // Takes a line with its newline. When the buffer is full the oldest lines are lost, and counted.
  void write(std::string_view line);

  // Writes buffered lines, as far as standard output accepts them now.
  void flush();

  // The same, but waits for standard output up to `limit`: for the end of the process.
  void flush_for(std::chrono::nanoseconds limit);

  // Drops what is still buffered and counts it as lost.
  void give_up();

  [[nodiscard]] std::size_t kept_bytes() const { return kept_bytes_; }

  // Whether lines are buffered and flush() should be called.
  [[nodiscard]] bool pending() const { return !kept_.empty(); }

  // A descriptor that is readable when standard output can be written to again: a separate epoll(7), because Asio may
  // make the descriptor that it waits for non-blocking, and standard output is shared. -1 if there is none; a regular
  // file cannot be waited for.
  [[nodiscard]] int waitable();

  // How many lines were lost since the last call: standard output is closed, broken, or was full for too long.
  [[nodiscard]] std::uint64_t take_lost();

 private:
  enum class Outcome { done, full, failed };
  [[nodiscard]] ssize_t write_now(std::string_view bytes) const;
  Outcome put(std::string_view line, std::size_t& written);

  int fd_;
  FileDescriptor own_;
  Pipe private_;
  FileDescriptor writable_;
  bool is_socket_ = false;
  std::deque<std::string> kept_;
  std::size_t kept_bytes_ = 0;
  std::size_t front_written_ = 0;  // bytes of the oldest buffered line that have been written
  bool torn_ = false;              // the last line went out in part and failed: a newline ends it before the next one
  std::uint64_t lost_ = 0;
};

}  // namespace vitals
