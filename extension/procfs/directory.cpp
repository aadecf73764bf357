#include "procfs/directory.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include "procfs/text.h"

namespace vitals::procfs {

namespace {

// readdir(3) would allocate a buffer for each directory, so the system call is made directly. Its records have the
// layout of glibc's dirent64.
template <class Visitor>
Result<void> for_each_entry(int fd, std::span<char> buffer, Visitor visit) {
  if (::lseek(fd, 0, SEEK_SET) < 0) return Error{ErrorCode::io, std::string("lseek: ") + ::strerrordesc_np(errno)};
  for (;;) {
    const long size = ::syscall(SYS_getdents64, fd, buffer.data(), buffer.size());
    if (size < 0) return Error{ErrorCode::io, std::string("getdents64: ") + ::strerrordesc_np(errno)};
    if (size == 0) return {};
    for (std::size_t offset = 0; offset < static_cast<std::size_t>(size);) {
      const char* const record = buffer.data() + offset;
      unsigned short length = 0;
      std::memcpy(&length, record + offsetof(dirent64, d_reclen), sizeof length);
      visit(std::string_view{record + offsetof(dirent64, d_name)},
            static_cast<unsigned char>(record[offsetof(dirent64, d_type)]));
      offset += length;
    }
  }
}

}  // namespace

Result<std::uint64_t> count_entries(int fd, std::span<char> buffer) {
  std::uint64_t count = 0;
  const auto done = for_each_entry(fd, buffer, [&count](std::string_view name, unsigned char /*type*/) {
    if (name != "." && name != "..") ++count;
  });
  if (!done) return done.error();
  return count;
}

Result<std::uint64_t> count_plain_files(int fd, std::span<char> buffer) {
  std::uint64_t count = 0;
  const auto done = for_each_entry(fd, buffer, [fd, &count](std::string_view name, unsigned char type) {
    struct stat info {};
    // The kernel ends the name with a NUL. Links are followed; some file systems do not report the type.
    const bool leads_on = type == DT_LNK || type == DT_UNKNOWN;
    if (type == DT_REG || (leads_on && ::fstatat(fd, name.data(), &info, 0) == 0 && S_ISREG(info.st_mode))) ++count;
  });
  if (!done) return done.error();
  return count;
}

Result<void> list_pids(int fd, std::span<char> buffer, std::vector<pid_t>& pids) {
  pids.clear();
  auto done = for_each_entry(fd, buffer, [&pids](std::string_view name, unsigned char /*type*/) {
    const auto pid = parse_unsigned<std::uint32_t>(name, std::numeric_limits<pid_t>::max());
    if (pid && *pid > 0) pids.push_back(static_cast<pid_t>(*pid));
  });
  if (!std::is_sorted(pids.begin(), pids.end())) std::sort(pids.begin(), pids.end());
  return done;
}

}  // namespace vitals::procfs
