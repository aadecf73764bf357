#include "runtime_watch/runtime_process.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vitals::runtime {

void RuntimeProcess::find(std::optional<pid_t> pid) {
  if (!first_) first_ = pid;
  // Another one is not the runtime, which has exited while its children continue.
  if (process_ || !pid || pid != first_) return;
  process_ = FileDescriptor{static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0))};
}

bool RuntimeProcess::has_exited() const {
  if (!process_) return false;
  pollfd exit{.fd = process_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&exit, 1, 0) == 1 && (exit.revents & POLLIN) != 0;
}

}  // namespace vitals::runtime
