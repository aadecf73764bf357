// RuntimeProcess: whether the process that the platform started as the runtime has exited. The platform ends the
// sandbox then, even if children of it continue, so there is nothing to wait for.
#pragma once

#include <sys/types.h>

#include <optional>

#include "base/file_descriptor.h"

namespace vitals::runtime {

class RuntimeProcess {
 public:
  // `pid`: the oldest of the function's processes; absent: not known yet. Only the first one counts, because an
  // extension lives no longer than its runtime. If it cannot be opened (no descriptor is free), the next call tries
  // again.
  void find(std::optional<pid_t> pid);

  // Also false if it is not known: before find(), and on a kernel without pidfd_open(2) (before Linux 5.3).
  [[nodiscard]] bool has_exited() const;

 private:
  std::optional<pid_t> first_;
  FileDescriptor process_;  // a pidfd, which never refers to a later process with the same pid
};

}  // namespace vitals::runtime
