// /proc/PID/stat: one line about a process, see proc(5).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace vitals::procfs {

// The used fields of /proc/PID/stat, under the names of proc(5).
struct Stat {
  pid_t pid = 0;                  // field 1
  std::string_view comm;          // 2: the name, at most 15 arbitrary bytes; points into the parsed text
  char state = '?';               // 3: Z and X: it has ended and its parent has not waited for it yet
  pid_t ppid = 0;                 // 4: 0 when the parent is outside the pid namespace
  pid_t pgrp = 0;                 // 5: its process group
  pid_t session = 0;              // 6
  std::uint64_t flags = 0;        // 9: PF_* of include/linux/sched.h
  std::uint64_t minflt = 0;       // 10: page faults that needed no disk, of the process
  std::uint64_t cminflt = 0;      // 11: and of the children it has waited for
  std::uint64_t majflt = 0;       // 12: page faults that needed the disk
  std::uint64_t cmajflt = 0;      // 13
  std::uint64_t utime = 0;        // 14: clock ticks in user mode, exited threads included
  std::uint64_t stime = 0;        // 15: clock ticks in kernel mode
  std::uint64_t cutime = 0;       // 16: clock ticks of the children it has waited for, and of theirs
  std::uint64_t cstime = 0;       // 17
  std::uint64_t num_threads = 0;  // 20
  std::uint64_t starttime = 0;    // 22: clock ticks since boot
  std::uint64_t rss = 0;          // 24: resident pages; less exact than statm on some kernels
  std::uint64_t startstack = 0;   // 28: an address that exec randomizes and fork keeps; 0: no permission to read it
};

// Bits of Stat::flags, from include/linux/sched.h.
inline constexpr std::uint64_t flag_exiting = 0x4;        // PF_EXITING: its leading thread is ending, its memory first
inline constexpr std::uint64_t flag_not_executed = 0x40;  // PF_FORKNOEXEC: it was forked and has not called exec

// Parses the content of /proc/PID/stat. The name may contain spaces, parentheses and newlines, so the fields are
// counted from the last ')'. Error malformed: a field is missing, truncated, negative, or out of range.
[[nodiscard]] Result<Stat> parse_stat(std::string_view text);

}  // namespace vitals::procfs
