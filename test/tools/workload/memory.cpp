// Memory: a known amount of pages that are there, here and in forked workers.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "steps.h"

namespace workload {

namespace {

constexpr std::size_t megabyte = std::size_t{1} << 20U;
constexpr std::int64_t kilobyte = 1024;

class Pages {
 public:
  explicit Pages(std::size_t megabytes) : size_(std::max<std::size_t>(megabytes, 1) * megabyte) {
    void* const start = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) fail("mmap");
    start_ = static_cast<char*>(start);
    if (megabytes > 0) touch(size_);
  }
  ~Pages() { ::munmap(start_, size_); }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  void touch(std::size_t bytes) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    for (std::size_t at = 0; at < std::min(bytes, size_); at += page) start_[at] = static_cast<char>(start_[at] + 1);
  }

 private:
  std::size_t size_;
  char* start_ = nullptr;
};

std::int64_t rollup(pid_t pid, const char* name) {
  return number_in("/proc/" + std::to_string(pid) + "/smaps_rollup", name) * kilobyte;
}

}  // namespace

// "mb" for "hold_ms", or with "keep" to the end. With "workers": so many forked processes, each of which writes to the
// first "worker_mb" of the same pages (and so gets copies of them) and holds them for as long.
void allocate(const Step& step, Seen& seen) {
  auto owned = std::make_unique<Pages>(step.value("mb", std::size_t{0}));
  Pages& pages = *owned;
  std::vector<pid_t> workers;
  const auto worker_mb = step.value("worker_mb", std::size_t{0});
  int ready[2];
  if (::pipe(ready) != 0) fail("pipe");
  for (int i = 0; i < step.value("workers", 0); ++i) {
    const pid_t pid = ::fork();
    if (pid < 0) fail("fork");
    if (pid == 0) {
      pages.touch(worker_mb * megabyte);
      if (::write(ready[1], "", 1) != 1) ::_exit(1);
      for (;;) ::pause();
    }
    workers.push_back(pid);
  }
  for (std::size_t i = 0; i < workers.size(); ++i) {
    char byte = 0;
    if (::read(ready[0], &byte, 1) != 1) fail("a worker");
  }
  ::close(ready[0]);
  ::close(ready[1]);
  sleep_for(milliseconds(step, "hold_ms"));
  seen.resident_bytes = std::max(seen.resident_bytes, rollup(::getpid(), "Rss"));
  std::int64_t together = rollup(::getpid(), "Pss");
  for (const pid_t pid : workers) together += rollup(pid, "Pss");
  seen.together_bytes = std::max(seen.together_bytes, together);
  for (const pid_t pid : workers) ::kill(pid, SIGKILL);
  for (const pid_t pid : workers) ::waitpid(pid, nullptr, 0);
  if (step.value("keep", false)) static_cast<void>(owned.release());
}

// More and more, 4 MB every 5 ms, until somebody puts an end to it.
void exceed_memory() {
  std::vector<Pages*> all;
  for (;;) {
    all.push_back(new Pages(4));  // NOLINT(cppcoreguidelines-owning-memory): never given back
    sleep_for(std::chrono::milliseconds{5});
  }
}

}  // namespace workload
