// What a process inherits from its parent: signals, the limit of open files, its place with the scheduler.
// Called once, at the start of main().
#pragma once

#include <cstdint>

namespace vitals {

// Unblocks every signal: a mask is inherited, and a blocked SIGTERM would never arrive. Ignores SIGPIPE, SIGXFSZ and
// SIGXCPU: a write to a closed pipe or beyond RLIMIT_FSIZE fails with EPIPE or EFBIG instead of ending the process, and
// the soft RLIMIT_CPU has no effect (signal(7), getrlimit(2)).
void reset_signals();

// Requests the shortest time slice (Linux 6.12 and later; no effect before). Of two processes that INVOKE wakes, the
// one with the shorter slice runs first. So the extension samples before the function has run for long. The function
// loses nothing, because the extension needs only microseconds (sched_setattr(2), kernel/sched/fair.c).
void ask_for_short_slices();

// Raises the soft limit of open files (RLIMIT_NOFILE) to the hard one if it is low, which any process may do. Nothing
// inherits it, because this process starts no other. Returns the new limit.
std::uint64_t raise_open_file_limit();

// The present soft limit of open files.
[[nodiscard]] std::uint64_t open_file_limit();

// With this many open files nothing is absent: test_few_descriptors (test/e2e/test_faults_process.py) uses at most 21,
// besides files of processes that are kept open.
inline constexpr std::uint64_t enough_open_files = 32;

// With fewer there is no event loop: it needs standard descriptors, epoll, its eventfd and the connection to the API.
inline constexpr std::uint64_t fewest_open_files = 6;

}  // namespace vitals
