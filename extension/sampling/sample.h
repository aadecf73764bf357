// One sample of the sandbox: counters, which only grow, and gauges, which hold for that moment. A value that could not
// be read is absent, never 0.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "sampling/cpu_time.h"
#include "sampling/cpu_wait.h"

namespace vitals {

// What a group of processes has used from the start of each of its processes until this sample, including ended
// processes: see sampling/accounts.h.
struct Totals {
  CpuTime cpu;
  std::uint64_t major_faults = 0;           // /proc/PID/stat majflt + cmajflt
  std::optional<std::uint64_t> read_bytes;  // /proc/PID/io; absent if it cannot be read for one process
  std::optional<std::uint64_t> write_bytes;
  bool all_gone = false;  // no process of the group can be read any more
};

// The memory of one process, identified by pid and start time, because pids are reused. Bytes.
struct ProcessMemory {
  pid_t pid = 0;
  std::uint64_t start_time = 0;             // /proc/PID/stat starttime
  std::optional<std::uint64_t> high_water;  // /proc/PID/status VmHWM: of its whole life
  std::uint64_t resident_max = 0;           // the largest of the samples since the previous Sample, this one included
  std::uint64_t together_then = 0;          // lower bound of the function's memory together at that time
  std::uint64_t reach = 0;  // upper bound between two samples: its memory before, and its page faults since
};

// The counters of one network interface, /proc/net/dev.
struct InterfaceCounters {
  std::array<char, 16> name{};  // IFNAMSIZ; filled up with NULs
  std::uint64_t rx_bytes = 0;
  std::uint64_t tx_bytes = 0;
};

// The state of the sandbox at one moment. Of the function's processes, unless noted.
struct Gauges {
  SteadyTime at{};  // all processes had been read by then
  // Memory that the processes have together, with each shared page counted once: sampling/resident_memory.h.
  std::optional<std::uint64_t> resident_bytes;    // absent also if it is in doubt
  std::optional<std::uint64_t> resident_earlier;  // of a moment since the last sample that was in doubt until now
  std::optional<std::uint64_t> resident_bound;    // upper bound of a moment since the last sample that stays in doubt
  std::chrono::nanoseconds pss_cost{};            // CPU time of this process for reading Pss so far
  // The same as in an earlier sample: no process of the sandbox has started or ended since. Absent: not known.
  std::optional<std::uint64_t> process_changes;
  std::optional<std::uint64_t> extensions_resident_bytes;  // the other extensions; absent when there are none
  std::optional<std::uint64_t> agent_resident_bytes;       // this process
#define VITALS_GAUGE(gauge, extreme, peak, field, when) std::optional<std::uint64_t> gauge;
#include "sampling/measures.def"
};

// Everything at one window boundary.
struct Sample {
  TimePoint at;                               // of the CPU counters, which are read first
  std::optional<Totals> function;             // the function's processes; absent when none was found
  std::optional<Totals> extensions;           // the other extensions; absent when there were none
  std::vector<ProcessWait> waits;             // of the function's processes, and their common parent's
  std::vector<ProcessMemory> processes;       // the function's processes, in no order
  std::vector<InterfaceCounters> interfaces;  // the data interfaces
#define VITALS_COUNTER(counter, type, field, when) std::optional<type> counter;
#include "sampling/measures.def"
  Gauges gauges;
};

}  // namespace vitals
