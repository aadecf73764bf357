// Children: forked, or forked and this program executed again; waited for, reaped by the kernel, or left behind as a
// daemon.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <nlohmann/json.hpp>
#include <vector>

#include "steps.h"

namespace workload {

namespace {

pid_t start(const std::chrono::nanoseconds time, bool exec, std::int64_t* used) {
  const pid_t pid = ::fork();
  if (pid < 0) fail("fork");
  if (pid > 0) return pid;
  if (exec) {
    const std::string argument = std::to_string(time.count());
    ::execl("/proc/self/exe", "workload", "--burn", argument.c_str(), nullptr);
    ::_exit(127);
  }
  burn_thread(time);
  if (used != nullptr) *used = own_cpu_ns();
  ::_exit(0);
}

void wait_for(pid_t pid) {
  int status = 0;
  if (::waitpid(pid, &status, 0) == pid && status != 0) throw std::runtime_error("a child failed");
}

}  // namespace

// "count" children with "ms" each, "at_once" of them at a time. "how": fork, exec, or ignored (SIGCHLD is ignored, so
// the kernel reaps them and nobody gets their time).
void run_children(const Step& step, Seen& seen) {
  const int count = step.value("count", 1);
  const int at_once = step.value("at_once", 1);
  const auto how = step.value("how", std::string("fork"));
  const auto time = milliseconds(step, "ms");
  const bool ignored = how == "ignored";
  const std::size_t size = sizeof(std::int64_t) * static_cast<std::size_t>(count);
  auto* const used =
      static_cast<std::int64_t*>(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  if (used == MAP_FAILED) fail("mmap");
  if (ignored) ::signal(SIGCHLD, SIG_IGN);
  for (int started = 0; started < count;) {
    std::vector<pid_t> running;
    for (int i = 0; i < at_once && started < count; ++i)
      running.push_back(start(time, how == "exec", used + started++));
    // With SIGCHLD ignored, waitpid() returns when the last child has exited.
    for (const pid_t pid : running) wait_for(pid);
  }
  if (ignored) {
    ::signal(SIGCHLD, SIG_DFL);
    for (int i = 0; i < count; ++i) seen.unwaited_ns += used[i];
  }
  ::munmap(used, size);
}

// A process that belongs to nobody: forked twice, in a session of its own. It burns "ms" and goes. Nothing waits for
// it.
void run_daemon(const Step& step) {
  const auto time = milliseconds(step, "ms");
  const pid_t pid = ::fork();
  if (pid < 0) fail("fork");
  if (pid > 0) return wait_for(pid);
  ::setsid();
  if (::fork() == 0) burn_thread(time);
  ::_exit(0);
}

// "count" processes that do nothing for "hold_ms".
void hold_processes(const Step& step, Seen& seen) {
  const int count = step.value("count", 1);
  std::vector<pid_t> children;
  for (int i = 0; i < count; ++i) {
    const pid_t pid = ::fork();
    if (pid < 0) fail("fork");
    if (pid == 0) {
      for (;;) ::pause();
    }
    children.push_back(pid);
  }
  sleep_for(milliseconds(step, "hold_ms"));
  seen.processes = std::max<std::int64_t>(seen.processes, 1 + count);
  for (const pid_t pid : children) ::kill(pid, SIGKILL);
  for (const pid_t pid : children) ::waitpid(pid, nullptr, 0);
}

}  // namespace workload
