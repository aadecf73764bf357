// How much memory several processes have together, when some of their pages are the same. Pure.
//
// The exact answer, Pss of /proc/PID/smaps_rollup, makes the kernel walk all page tables: 650 µs for 50 MB, at every
// tick and for every process. This one costs nothing beyond what is read anyway, and counts:
//   - files and shared memory (statm shared) once, as much as the process has that has most of them;
//   - of a process that was forked and has not called exec, only what is its own: a page that it shares with the
//   process
//     it was forked from becomes its own by a page fault, and so does a new one, so it cannot have more than its page
//     faults say, but for huge pages, whose growth shows in its resident memory;
//   - of every other process all the rest.
// A forked process is known by the address of its stack, which exec draws at random and fork keeps (stat startstack).
#pragma once

#include <cstdint>
#include <span>

namespace vitals {

// The memory of one process, bytes where nothing else is said.
struct ResidentParts {
  std::uint64_t anonymous = 0;        // resident and neither of a file nor shared memory: statm resident - shared
  std::uint64_t first_anonymous = 0;  // the same when it was first seen
  std::uint64_t shared = 0;           // statm shared
  std::uint64_t faulted = 0;          // stat minflt, times the size of a page
  std::uint64_t startstack = 0;       // stat startstack, an address; 0: not known
};

// What the processes have together. Those that were forked come behind the ones they were forked from.
[[nodiscard]] std::uint64_t resident_together(std::span<const ResidentParts> processes);

}  // namespace vitals
