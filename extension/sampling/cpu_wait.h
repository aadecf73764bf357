// How long the function's threads were ready to run and did not. Pure.
//
// The kernel keeps it for each thread and for nothing else (procfs/schedstat.h): what a thread or a process has waited
// goes with it. So the difference of two samples is known only where nothing has ended in between:
//   - each process of the first sample is in the second one;
//   - none of them, and not their common parent, has waited for a child: its children's page faults are the same;
//   - no thread has ended: what a process's clock has beyond its threads' own times is the same.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace vitals {

// Of one process, which pid and start time identify.
struct ProcessWait {
  pid_t pid = 0;
  std::uint64_t start_time = 0;
  std::uint64_t children_faults = 0;               // /proc/PID/stat cminflt
  std::optional<std::chrono::nanoseconds> waited;  // of its threads, together; absent: not known
  std::chrono::nanoseconds exited{};               // what threads that have ended had run
};

// Of more processes the waiting is not read: each costs 0.8 µs, and is looked for among the others.
inline constexpr std::size_t most_waits = 64;

// Absent where it is not known.
[[nodiscard]] std::optional<std::chrono::nanoseconds> waited_between(const std::vector<ProcessWait>& from,
                                                                     const std::vector<ProcessWait>& to);

}  // namespace vitals
