// Accounts: CPU time, page faults and disk bytes of the function and of the other extensions, from sample to sample.
// Pure: it is given what each sample read of the processes.
//
// Total = what the live processes have used themselves, plus the time of the children that they have waited for, plus
// the last reading of ended processes that nobody waited for. So
//   - a process that ended and was waited for moves from the first sum to the second, and is counted once;
//   - one that nobody waited for stays in the total with its last reading: the total never decreases;
//   - children that started and ended between two samples are in the second sum (see sampling/children_time.h).
// Whether an ended process was waited for shows at its parent: its page faults, counted exactly, must be among those of
// the parent's children (cminflt), and its time must fit into the parent's cutime and cstime.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sampling/children_time.h"
#include "sampling/cpu_time.h"
#include "sampling/sample.h"

namespace vitals {

enum class Group : std::uint8_t {
  function,   // the function's processes
  extension,  // the other extensions' processes
  init,       // the common parent, because of the children that it waits for
  ignored     // this extension and its own children
};

struct IoBytes {
  std::uint64_t read = 0;
  std::uint64_t written = 0;
};

// What one sample read of one process: /proc/PID/stat and, unless noted, under its names.
struct ProcessReading {
  pid_t pid = 0;
  pid_t ppid = 0;
  std::uint64_t start_time = 0;
  Group group = Group::function;
  std::optional<std::chrono::nanoseconds> clock;  // the process's CPU clock; absent: only utime + stime are known
  CpuTime own_ticks;                              // utime, stime
  CpuTime children_ticks;                         // cutime, cstime
  std::uint64_t minflt = 0;
  std::uint64_t cminflt = 0;
  std::uint64_t majflt = 0;   // majflt + cmajflt
  std::optional<IoBytes> io;  // /proc/PID/io, last reading
  bool io_denied = false;     // it was requested and could not be read
};

class Accounts {
 public:
  // `tick` is the length of the clock tick.
  explicit Accounts(std::chrono::nanoseconds tick) : tick_(tick) {}

  // Takes one sample: all processes that live or have not been waited for. Parents must have been read before their
  // children, so that a child that ends in between is missing rather than counted twice.
  void update(std::span<const ProcessReading> readings);

  // Absent until the first process of the group was seen.
  [[nodiscard]] std::optional<Totals> function() const { return totals(Group::function); }
  [[nodiscard]] std::optional<Totals> extensions() const { return totals(Group::extension); }

  // Page faults between the last two samples of ended processes of the function that no sample saw: of those that
  // started and ended in between, and the last ones of the others.
  [[nodiscard]] std::uint64_t unseen_faults() const;

 private:
  struct Sum {
    CpuTime cpu;
    std::uint64_t majflt = 0;
    IoBytes io;
  };
  struct Account {
    ProcessReading last;
    CpuTime own;
    CpuTime children;                   // estimate, of all children it has waited for
    std::chrono::nanoseconds seen{};    // last readings of the long ones among them
    std::uint64_t seen_faults = 0;      // and their page faults
    ChildrenTime unseen;                // of the others: short ones, and the rest of the long ones
    std::chrono::nanoseconds growth{};  // of that since the last sample, at least: what was seen of short ones
    std::uint64_t new_faults = 0;       // cminflt since the last sample, less those of matched ended processes
    Sum not_ours;                       // part of it that does not count for its group
    int missed = 0;                     // samples since it ended; 0: alive
  };

  void open(const ProcessReading& reading);
  void refresh(Account& account, const ProcessReading& reading);
  void estimate_children(Account& account) const;
  void match_ended();
  [[nodiscard]] Account* reaper_of(const Account& ended);
  [[nodiscard]] bool covers(const Account& reaper, const Account& ended) const;
  void hand_over(Account& reaper, const Account& ended);
  static void add(Sum& sum, const Sum& more);
  [[nodiscard]] static Sum used_by(const Account& account);
  [[nodiscard]] Sum& lost(Group group) { return group == Group::extension ? lost_extensions_ : lost_function_; }
  [[nodiscard]] std::optional<Totals> totals(Group group) const;

  std::chrono::nanoseconds tick_;
  std::vector<Account> accounts_;
  std::vector<std::size_t> ended_;  // indices into accounts_, reused
  Sum lost_function_;               // last readings of processes that nobody waited for
  Sum lost_extensions_;
  bool function_seen_ = false;
  bool extensions_seen_ = false;
};

}  // namespace vitals
