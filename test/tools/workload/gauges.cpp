// Gauges: threads, descriptors, and the limit of descriptors.
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <semaphore>
#include <thread>
#include <vector>

#include "steps.h"

namespace workload {

namespace {

// Names in a directory of /proc/self, without the descriptor that the look itself takes.
std::int64_t entries(const char* path, std::int64_t own) {
  DIR* const directory = ::opendir(path);
  if (directory == nullptr) fail(path);
  std::int64_t count = 0;
  while (const dirent* const entry = ::readdir(directory)) {  // NOLINT(concurrency-mt-unsafe): one thread reads
    if (entry->d_name[0] != '.') ++count;
  }
  ::closedir(directory);
  return count - own;
}

}  // namespace

// "count" threads for "hold_ms".
void hold_threads(const Step& step, Seen& seen) {
  const int count = step.value("count", 1);
  std::counting_semaphore<> end{0};
  std::vector<std::jthread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) threads.emplace_back([&end] { end.acquire(); });
  seen.threads = std::max(seen.threads, entries("/proc/self/task", 0));
  sleep_for(milliseconds(step, "hold_ms"));
  end.release(count);
}

// "count" more descriptors for "hold_ms".
void hold_descriptors(const Step& step, Seen& seen) {
  const int count = step.value("count", 1);
  std::vector<int> opened;
  for (int i = 0; i < count; ++i) {
    opened.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (opened.back() < 0) fail("/dev/null");
  }
  seen.descriptors = std::max(seen.descriptors, entries("/proc/self/fd", 1));
  sleep_for(milliseconds(step, "hold_ms"));
  for (const int fd : opened) ::close(fd);
}

// Sets the limit of descriptors: "soft" and, if the hard one must be raised, "hard".
void limit_descriptors(const Step& step, Seen& seen) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) fail("getrlimit");
  limit.rlim_cur = step.value("soft", limit.rlim_cur);
  limit.rlim_max = step.value("hard", limit.rlim_max);
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) fail("setrlimit");
  seen.descriptor_limit = static_cast<std::int64_t>(limit.rlim_cur);
}

}  // namespace workload
