// Files: bytes that reach storage, bytes that come from it, and files in /tmp.
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "steps.h"

namespace workload {

namespace {

class File {
 public:
  File(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {
    if (fd_ < 0) fail(path);
  }
  ~File() { ::close(fd_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int get() const { return fd_; }

  void write(std::size_t bytes) const {
    const std::vector<char> block(std::min<std::size_t>(bytes, 1U << 20U), 'x');
    while (bytes > 0) {
      const ssize_t done = ::write(fd_, block.data(), std::min(bytes, block.size()));
      if (done <= 0) fail("write");
      bytes -= static_cast<std::size_t>(done);
    }
  }

 private:
  int fd_;
};

}  // namespace

// "bytes" to "path", "how": fsync (written, then flushed) or sync (O_SYNC).
void write_file(const Step& step) {
  const bool at_once = step.value("how", std::string("fsync")) == "sync";
  const File file(step.at("path").get<std::string>(), O_WRONLY | O_CREAT | O_TRUNC | (at_once ? O_SYNC : 0));
  file.write(step.at("bytes").get<std::size_t>());
  if (!at_once && ::fsync(file.get()) != 0) fail("fsync");
}

// All of "path", from storage: what is cached of it is dropped first.
void read_file(const Step& step) {
  const File file(step.at("path").get<std::string>(), O_RDONLY);
  if (::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED) != 0) fail("posix_fadvise");
  std::vector<char> block(1U << 20U);
  while (::read(file.get(), block.data(), block.size()) > 0) {
  }
}

// A file of "bytes" in /tmp that lives for "hold_ms".
void hold_tmp_file(const Step& step, Seen& seen) {
  const std::string path = "/tmp/workload-" + std::to_string(::getpid());
  const File file(path, O_WRONLY | O_CREAT | O_TRUNC);
  file.write(step.at("bytes").get<std::size_t>());
  struct statvfs tmp {};
  if (::statvfs("/tmp", &tmp) != 0) fail("statvfs");
  seen.tmp_used_bytes =
      std::max(seen.tmp_used_bytes, static_cast<std::int64_t>((tmp.f_blocks - tmp.f_bfree) * tmp.f_frsize));
  sleep_for(milliseconds(step, "hold_ms"));
  ::unlink(path.c_str());
}

}  // namespace workload
