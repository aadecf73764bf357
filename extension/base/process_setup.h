// What a process inherits from whoever started it: its signals, its limit of open files, its place with the scheduler.
// Called once, at the start of main().
#pragma once

#include <cstdint>

namespace vitals {

// Unblocks every signal: a mask is inherited, and a blocked SIGTERM would never arrive. Ignores SIGPIPE, SIGXFSZ and
// SIGXCPU: a write to a closed pipe or beyond RLIMIT_FSIZE fails with EPIPE or EFBIG instead of ending the process, and
// the soft RLIMIT_CPU is without effect (signal(7), getrlimit(2)).
void reset_signals();

// Asks the scheduler for the shortest time slice (Linux 6.12 and later; without effect before): of two processes that
// INVOKE wakes, the one with the shorter slice runs first. So the extension samples before the function has run for
// long, and it costs the function no more than before, as it needs microseconds (sched_setattr(2),
// kernel/sched/fair.c).
void ask_for_short_slices();

// Raises the soft limit of open files (RLIMIT_NOFILE) to the hard one where it is low, which any process may do.
// Nothing inherits it, as this process starts no other. Returns the limit that holds now.
std::uint64_t raise_open_file_limit();

// The soft limit of open files that holds now.
[[nodiscard]] std::uint64_t open_file_limit();

// With so many open files nothing is absent: 21 are in use at most in test_few_descriptors
// (test/e2e/test_faults_process.py), without files of processes that are kept open.
inline constexpr std::uint64_t enough_open_files = 32;

// With fewer there is no event loop: standard descriptors, epoll, its eventfd and the connection to the API.
inline constexpr std::uint64_t fewest_open_files = 6;

}  // namespace vitals
