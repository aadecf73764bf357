// The function's processes: a runtime that speaks the Runtime API, and others that do nothing.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <vector>

namespace bench {

class Function {
 public:
  // `processes`, the runtime and others that wait: children of this process, so that the extension finds them. The
  // runtime answers each invocation after `duration`. 0 processes: none.
  Function(std::uint16_t api_port, int processes, std::chrono::microseconds duration);
  ~Function();
  Function(const Function&) = delete;
  Function& operator=(const Function&) = delete;

 private:
  std::vector<pid_t> processes_;
};

}  // namespace bench
