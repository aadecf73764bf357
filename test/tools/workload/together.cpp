// Together: processes that share memory in every way, or none of it.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>
#include <vector>

#include "steps.h"

namespace workload {

namespace {

constexpr std::size_t megabyte = std::size_t{1} << 20U;
constexpr int ready_descriptor = 199;

void touch(char* start, std::size_t bytes) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  for (std::size_t at = 0; at < bytes; at += page) start[at] = static_cast<char>(start[at] + 1);
}

std::string make_file(int number, std::size_t bytes) {
  std::string path = "/tmp/workload-" + std::to_string(::getpid()) + "-" + std::to_string(number);
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0 || ::ftruncate(fd, static_cast<off_t>(bytes)) != 0) fail(path);
  ::close(fd);
  return path;
}

std::int64_t pss_of(const std::vector<pid_t>& pids) {
  std::int64_t sum = number_in("/proc/self/smaps_rollup", "Pss");
  for (const pid_t pid : pids) sum += number_in("/proc/" + std::to_string(pid) + "/smaps_rollup", "Pss");
  return sum * 1024;
}

void hold(const Step& step, const std::vector<pid_t>& pids, Seen& seen) {
  sleep_for(milliseconds(step, "hold_ms"));
  seen.together_bytes = std::max(seen.together_bytes, pss_of(pids));
  seen.processes = std::max<std::int64_t>(seen.processes, 1 + static_cast<std::int64_t>(pids.size()));
  for (const pid_t pid : pids) ::kill(pid, SIGKILL);
  for (const pid_t pid : pids) ::waitpid(pid, nullptr, 0);
}

}  // namespace

void map_and_wait(const char* path, std::size_t bytes) {
  const int fd = ::open(path, O_RDWR | O_CLOEXEC);
  if (bytes > 0) {
    void* const start = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (start == MAP_FAILED) ::_exit(1);
    touch(static_cast<char*>(start), bytes);
  }
  if (::write(ready_descriptor, "", 1) != 1) ::_exit(1);
  for (;;) ::pause();
}

void hold_together(const Step& step, Seen& seen) {
  const int count = step.value("count", 1);
  const auto how = step.value("how", std::string("fork"));
  const auto map = step.value("map", std::string("own"));
  const std::size_t bytes = step.value("map_mb", std::size_t{0}) * megabyte;
  std::vector<char> own(step.value("mb", std::size_t{0}) * megabyte, 1);
  int ready[2];
  if (::pipe(ready) != 0 || ::dup2(ready[1], ready_descriptor) < 0) fail("pipe");
  std::vector<std::string> files;
  std::vector<pid_t> pids;
  for (int i = 0; i < count; ++i) {
    const auto file = static_cast<std::size_t>(map == "same" ? 0 : map == "pairs" ? i / 2 : i);
    if (file == files.size()) files.push_back(make_file(i, bytes));
    const std::string size = std::to_string(bytes);
    const pid_t pid = ::fork();
    if (pid < 0) fail("fork");
    if (pid == 0 && how == "exec") {
      ::execl("/proc/self/exe", "workload", "--map", files[file].c_str(), size.c_str(), nullptr);
      ::_exit(127);
    }
    if (pid == 0) map_and_wait(files[file].c_str(), bytes);
    pids.push_back(pid);
  }
  for (int i = 0; i < count; ++i) {
    char byte = 0;
    if (::read(ready[0], &byte, 1) != 1) fail("a process");
  }
  hold(step, pids, seen);
  for (const auto& file : files) ::unlink(file.c_str());
  for (const int fd : {ready[0], ready[1], ready_descriptor}) ::close(fd);
}

void run_programs(const Step& step, Seen& seen) {
  int input[2];
  if (::pipe2(input, O_CLOEXEC) != 0) fail("pipe");
  std::vector<pid_t> pids;
  for (const auto& line : step.at("programs")) {
    auto words = line.get<std::vector<std::string>>();
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t pid = ::fork();
    if (pid < 0) fail("fork");
    if (pid == 0) {
      ::dup2(input[0], STDIN_FILENO);
      ::execvp(arguments[0], arguments.data());
      ::_exit(127);
    }
    pids.push_back(pid);
  }
  hold(step, pids, seen);
  for (const int fd : input) ::close(fd);
}

}  // namespace workload
