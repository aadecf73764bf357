// RuntimeProcess: whether the process that the platform started as the runtime has exited. The platform ends the
// sandbox then, also when children of it live on, so nothing is worth waiting for.
#pragma once

#include <sys/types.h>

#include <optional>

#include "base/file_descriptor.h"

namespace vitals::runtime {

class RuntimeProcess {
 public:
  // `pid`: of the oldest of the function's processes; absent: none is known yet. Only the first one counts, as an
  // extension lives no longer than its runtime. Where it cannot be opened (no descriptor is left), the next call tries
  // again.
  void find(std::optional<pid_t> pid);

  // False as well where it is not known: before find(), and on a kernel without pidfd_open(2) (before Linux 5.3).
  [[nodiscard]] bool has_exited() const;

 private:
  std::optional<pid_t> first_;
  FileDescriptor process_;  // a pidfd, which never shows another process that got the same pid
};

}  // namespace vitals::runtime
