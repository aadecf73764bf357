#include "base/file_descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace vitals {

namespace {

Error system_error(std::string what) {
  const int number = errno;
  return {ErrorCode::io, std::move(what) + ": " + ::strerrordesc_np(number)};
}

}  // namespace

void FileDescriptor::reset() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

FileDescriptor reserve_descriptor() {
  return FileDescriptor{::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)};
}

Result<FileDescriptor> open_for_reading(int directory, const char* path) {
  FileDescriptor fd{::openat(directory, path, O_RDONLY | O_CLOEXEC)};
  if (!fd) return system_error(path);
  return fd;
}

Result<std::string_view> read_at_once(int fd, std::span<char> buffer) {
  for (;;) {
    const ssize_t got = ::pread(fd, buffer.data(), buffer.size(), 0);
    if (got >= 0) return std::string_view{buffer.data(), static_cast<std::size_t>(got)};
    if (errno != EINTR) return system_error("read");
  }
}

Result<std::string_view> read_from_start(int fd, std::span<char> buffer) {
  std::size_t size = 0;
  while (size < buffer.size()) {
    const ssize_t got = ::pread(fd, buffer.data() + size, buffer.size() - size, static_cast<off_t>(size));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("read");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  return std::string_view{buffer.data(), size};
}

}  // namespace vitals
