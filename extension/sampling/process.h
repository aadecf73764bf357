// Process: one process of the function or of another extension, with its files in /proc kept open.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/file_descriptor.h"
#include "procfs/schedstat.h"
#include "procfs/smaps_rollup.h"
#include "procfs/stat.h"
#include "procfs/statm.h"
#include "procfs/status.h"
#include "sampling/accounts.h"
#include "sampling/cpu_wait.h"
#include "sampling/launch_order.h"

namespace vitals {

// The units of this kernel.
struct KernelUnits {
  std::uint64_t page_bytes;       // sysconf(_SC_PAGESIZE)
  std::chrono::nanoseconds tick;  // 1 s / sysconf(_SC_CLK_TCK)
  bool descriptors_in_size;       // the size of /proc/PID/fd is the number of entries: Linux 6.2 and later
};

class Process {
 public:
  // `proc` is the open root of /proc, which must stay open. `keep_open`: the process's files are kept open until it
  // ends, which halves the cost of reading them; such a file never shows a later process with the same pid.
  // `kernel_proc`: the process has a clock.
  Process(int proc, pid_t pid, Group group, bool keep_open, bool kernel_proc);

  [[nodiscard]] pid_t pid() const { return reading_.pid; }
  [[nodiscard]] const ProcessReading& reading() const { return reading_; }
  [[nodiscard]] Group group() const { return reading_.group; }
  void set_group(Group group) { reading_.group = group; }

  // Reads stat and the clock. False if the process has exited, or is another one than before.
  [[nodiscard]] bool read_counters(std::span<char> buffer, const KernelUnits& units);
  // Whether it has not run since the last read_counters(), by its clock. Then nothing about it has changed, except its
  // parent if that has ended. The clock of a process that is running now may be a tick old.
  [[nodiscard]] bool is_idle() const;
  // How it was started, as the last read_counters() saw it.
  [[nodiscard]] const Origin& origin() const { return origin_; }
  // Whether it is ending, or has ended and not been waited for: it has released its memory, or is about to.
  [[nodiscard]] bool has_ended() const { return origin_.ended; }
  [[nodiscard]] std::uint64_t threads() const { return threads_; }
  [[nodiscard]] std::uint64_t startstack() const { return origin_.startstack; }
  [[nodiscard]] std::uint64_t program() const;  // hash of the name in /proc/PID/stat

  void read_io(std::span<char> buffer);
  // How long its threads have waited for a processor. Of a process with several threads only if `all_threads`: a
  // reading costs 5 µs a thread then, otherwise 0.8 µs. Call it right after read_counters().
  [[nodiscard]] const ProcessWait& read_wait(bool all_threads, std::span<char> buffer);
  // Absent, too, if the process has released its memory since its counters were read; then has_ended() is true.
  [[nodiscard]] std::optional<procfs::Statm> statm(std::span<char> buffer);
  // Expensive: 5 to 7 µs for each MB. Errors: io (also if this user may not read it), malformed.
  [[nodiscard]] Result<procfs::SmapsRollup> smaps_rollup(std::span<char> buffer) const;
  [[nodiscard]] std::optional<std::uint64_t> high_water_bytes(std::span<char> buffer);
  [[nodiscard]] std::optional<std::uint64_t> open_descriptors(std::span<char> buffer, const KernelUnits& units);
  // The soft limit; if unlimited, the system's own, /proc/sys/fs/nr_open.
  [[nodiscard]] std::optional<std::uint64_t> descriptor_limit(std::span<char> buffer);
  // Whether its program is a file directly in the folder `directory`.
  [[nodiscard]] bool runs_file_of(std::string_view directory, std::span<char> buffer) const;

 private:
  void see(const procfs::Stat& stat, std::span<char> buffer);
  bool ends(std::span<char> buffer);
  [[nodiscard]] bool thread_lives(pid_t thread, std::span<char> buffer) const;
  [[nodiscard]] pid_t find_live_thread(std::span<char> buffer) const;
  void look_through(pid_t thread);
  [[nodiscard]] std::optional<procfs::Schedstat> schedstat(bool all_threads, std::span<char> buffer);
  struct File {
    const char* name;
    FileDescriptor fd;
    bool of_process;  // the same for all threads; the leading one's stays readable after its end
  };
  template <class Parser>
  auto read(File& file, std::span<char> buffer, Parser parse) -> decltype(parse(std::string_view{}));

  // Opens a file of the process, O_RDONLY and `flags`: that of `thread`, or with 0 of its leading one.
  [[nodiscard]] Result<FileDescriptor> open(const char* name, pid_t thread, int flags = 0) const;

  ProcessReading reading_;
  int proc_;
  File stat_{"stat", {}, true};
  File statm_{"statm", {}, false};
  File status_{"status", {}, false};
  File io_{"io", {}, true};
  File schedstat_{"schedstat", {}, true};
  FileDescriptor descriptors_;
  bool keep_open_;
  bool kernel_proc_;
  bool known_ = false;  // read_counters() has succeeded before
  Origin origin_;
  pid_t through_ = 0;  // if the leading thread has ended, but not the process: a live thread; 0: the leading one
  std::uint64_t threads_ = 0;
  std::uint64_t rough_resident_ = 0;
  std::optional<std::uint64_t> high_water_;             // VmHWM, read when the process had
  std::uint64_t high_water_faults_ = 0;                 // this many page faults
  std::optional<std::chrono::nanoseconds> io_clock_;    // the clock when io was read
  std::optional<std::chrono::nanoseconds> wait_clock_;  // and when schedstat was
  ProcessWait wait_;
};

}  // namespace vitals
