// So many child processes that wait until this object goes.
#pragma once

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <vector>

namespace bench {

class IdleProcesses {
 public:
  explicit IdleProcesses(std::int64_t count) {
    for (std::int64_t number = 0; number < count; ++number) {
      const pid_t pid = ::fork();
      if (pid < 0) throw std::runtime_error("fork: no more processes are available");
      if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) ::pause();
      }
      pids_.push_back(pid);
    }
  }
  ~IdleProcesses() {
    for (const pid_t pid : pids_) ::kill(pid, SIGKILL);
    for (const pid_t pid : pids_) ::waitpid(pid, nullptr, 0);
  }
  IdleProcesses(const IdleProcesses&) = delete;
  IdleProcesses& operator=(const IdleProcesses&) = delete;

 private:
  std::vector<pid_t> pids_;
};

}  // namespace bench
