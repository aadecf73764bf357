// The function's processes: a runtime that speaks the Runtime API, and others that do nothing.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cpu_group.h"

namespace bench {

// What the function does in an invocation; the payload of the invocation says so.
struct Work {
  std::chrono::microseconds cpu{0};    // of its own CPU clock
  std::chrono::microseconds sleep{0};  // after that
};

// What the function reports in its response.
struct Worked {
  std::chrono::nanoseconds cpu{0};         // that it used, with receiving the invocation
  std::chrono::nanoseconds resumed_at{0};  // monotonic clock: when it last ran again after a pause; 0: no pause
};

[[nodiscard]] std::string to_json(const Work& work);
[[nodiscard]] std::string to_json(const Worked& worked);
[[nodiscard]] Work work_of(std::string_view json);
[[nodiscard]] Worked worked_of(std::string_view json);

class Function {
 public:
  // `processes`, the runtime and others that wait: children of this process, so that the extension finds them. 0
  // processes: none. They run in `group`, if there is one.
  Function(std::uint16_t api_port, int processes, const CpuGroup* group);
  ~Function();
  Function(const Function&) = delete;
  Function& operator=(const Function&) = delete;

 private:
  std::vector<pid_t> processes_;
};

}  // namespace bench
