// ProcessSet: the processes of the function and of the other extensions, from sample to sample. A sample calls
// find_new(), read_counters() and account(), in this order, then what else it needs.
#pragma once

#include <sys/types.h>

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sampling/accounts.h"
#include "sampling/launch_order.h"
#include "sampling/process.h"
#include "sampling/process_finder.h"
#include "sampling/process_tree.h"
#include "sampling/resident_memory.h"
#include "sampling/sample.h"

namespace vitals {

// Where to look for processes: all followed ones descend from `parent`.
struct Ancestry {
  pid_t self = 0;                   // this extension
  pid_t parent = 0;                 // the common parent: the sandbox's first process
  std::string extension_directory;  // empty: no platform has started extensions
};

class ProcessSet {
 public:
  // Files of this many processes are kept open, six for each: 192 descriptors, of usually 1,024. Fewer if the limit is
  // lower: without a descriptor for the others a sum over all processes would be too small.
  static constexpr std::size_t max_kept_open = 32;
  static constexpr std::size_t files_kept_open = 6;

  // This many are followed, as many as Lambda allows processes and threads together (1,024): about 400 KB. On another
  // machine later ones are left out.
  static constexpr std::size_t max_followed = 1024;

  // `proc` is the open root of /proc, which must stay open. `kernel_proc`: it is the kernel's own procfs.
  // `guess_memory`: see ResidentMemory.
  ProcessSet(int proc, bool kernel_proc, const KernelUnits& units, Ancestry ancestry, bool guess_memory = false);

  // See ResidentMemory::allow().
  void allow_pss(std::chrono::nanoseconds cost) { resident_memory_.allow(cost); }

  void find_new(std::span<char> buffer);

  // Whether a process that may be the runtime has been seen alive. Before, nothing is known of the function: if it had
  // ended before the first sample, its remaining processes are not all of it.
  [[nodiscard]] bool runtime_seen() const { return runtime_seen_; }

  // Grows whenever a process may have started or ended. While it stays the same none did.
  [[nodiscard]] std::uint64_t changes() const { return changes_; }

  // Reads stat and clock of all, back to back, and removes those that have exited. `boundary`: of a window; all
  // counters are needed, not only the gauges (a tick). The common parent is read at boundaries, and at the tick after
  // one that found an exited process: it may have waited for it. (Not at the same tick: read after its children it
  // could count one twice.)
  void read_counters(bool boundary, std::span<char> buffer);

  // Reads /proc/PID/io, for the totals; only at boundaries.
  void read_io(std::span<char> buffer);

  // Returns how long the function's processes have waited for a processor; right after read_counters() at a boundary.
  // `all_threads` as in Process::read_wait(). Nothing if there are too many processes.
  void take_waits(std::vector<ProcessWait>& waits, bool all_threads, std::span<char> buffer);

  // Updates the accounts with what was read.
  void account();
  [[nodiscard]] const Accounts& accounts() const { return accounts_; }

  // The processes of one group, as the last read_counters() found them.
  void list(Group group, std::vector<pid_t>& pids) const;
  [[nodiscard]] std::optional<pid_t> first(Group group) const;  // the oldest

  // Sets the gauges of processes. `boundary` as above; `began`: when read_counters() was called for this sample.
  void read_gauges(Gauges& gauges, bool boundary, SteadyTime began, const Clock& clock, std::span<char> buffer);

  // Returns the memory of each of the function's processes since the last call, in `memory`.
  void take_memory(std::vector<ProcessMemory>& memory, std::span<char> buffer);

 private:
  struct Member {
    explicit Member(Process of) : process(std::move(of)) {}
    Process process;
    bool fresh = true;  // found by this sample: most of those exit before the next one, so no more files are opened
    bool idle = false;  // it has not run since the previous sample
    bool gauges_known = false;  // the following values were read when it had last run
    ResidentProcess resident;
    std::optional<std::uint64_t> open_descriptors;
    std::uint64_t resident_max = 0;
    std::uint64_t together_then = 0;
    std::uint64_t resident_before = 0;  // at the last gauges, when it had
    std::uint64_t faulted_before = 0;   // this many page faults, in bytes
    std::uint64_t reach = 0;            // as in ProcessMemory
    bool end_noted = false;
    std::optional<std::uint64_t> descriptor_limit;
    bool limit_due = true;  // it has run since the limit was read at a boundary
  };

  [[nodiscard]] Member* find(pid_t pid);
  void meet_child(const Process& process, std::span<char> buffer);
  void count_other_extensions(std::span<char> buffer);
  void create_launch_order(std::span<char> buffer);
  void see_function(const Origin& child);
  void judge_children();
  void judge_orphans();
  void correct_orphans();
  void assign(std::span<char> buffer);
  void note_end(Member& member);
  bool read_memory(Member& member, std::span<char> buffer);
  [[nodiscard]] std::uint64_t unseen_bytes();
  void add_up_memory(Gauges& gauges, bool boundary, SteadyTime began, std::span<char> buffer);

  int proc_;
  bool kernel_proc_;
  KernelUnits units_;
  Ancestry ancestry_;
  std::size_t kept_open_;
  ProcessFinder finder_;
  std::optional<Process> init_;
  bool init_due_ = true;
  bool all_due_ = false;         // a process had ended at the last sample
  std::vector<Member> members_;  // parents before their children
  std::vector<Newcomer> newcomers_;
  std::optional<std::size_t> other_extensions_;  // plain files beside this extension's own; absent: not counted yet
  std::optional<LaunchOrder> launch_order_;      // once a child of the common parent needs it
  std::vector<LaunchOrder::Child> children_;     // newcomers that are children of the common parent
  bool runtime_seen_ = false;
  std::vector<ProcessReading> readings_;
  std::vector<ResidentProcess*> residents_;         // of the function's processes, in this sample
  std::vector<const Process*> resident_processes_;  // the same processes
  ResidentMemory resident_memory_;
  std::chrono::nanoseconds pss_cost_{};  // so far
  std::uint64_t changes_ = 0;
  std::uint64_t unseen_faults_ = 0;                   // Accounts::unseen_faults() since the last gauges
  std::optional<std::uint64_t> largest_fault_bytes_;  // sampling/fault_size.h; read once it is needed
  SteadyTime gauges_before_{};                        // when those were read
  Accounts accounts_;
};

}  // namespace vitals
