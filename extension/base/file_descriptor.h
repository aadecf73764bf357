// Owning a file descriptor, and the bounded read that is used for all of /proc. Files there have no size (stat says 0),
// so a file is read to its end into a reused buffer.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace vitals {

// Owns one descriptor and closes it. -1 stands for no descriptor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
  void reset() noexcept;
  // Gives up ownership: the descriptor is no longer closed here.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

// A descriptor that reserves a place in the table of open files: close it, and the next open succeeds. Empty when no
// place is left. It duplicates standard error, which main() keeps open.
[[nodiscard]] FileDescriptor reserve_descriptor();

// Opens `path` for reading, O_CLOEXEC, relative to `directory` (AT_FDCWD: to the working directory).
// Error io with the path and errno.
[[nodiscard]] Result<FileDescriptor> open_for_reading(int directory, const char* path);

// Reads from the start of `fd` until its end or until `buffer` is full; a longer file is truncated. The view points
// into `buffer`. Error io with errno (ESRCH: the process has exited).
[[nodiscard]] Result<std::string_view> read_from_start(int fd, std::span<char> buffer);

// The same with one read(2) instead of two, for files that the kernel writes in one piece (those of one process in
// /proc): a short read is their end.
[[nodiscard]] Result<std::string_view> read_at_once(int fd, std::span<char> buffer);

}  // namespace vitals
