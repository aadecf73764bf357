// Process: one process of the function or of another extension, with its files in /proc kept open.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/file_descriptor.h"
#include "procfs/stat.h"
#include "procfs/statm.h"
#include "procfs/status.h"
#include "sampling/accounts.h"

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
  // ends, which halves the cost of reading them; such a file never shows another process that got the same pid.
  // `kernel_proc`: the process has a clock.
  Process(int proc, pid_t pid, Group group, bool keep_open, bool kernel_proc);

  [[nodiscard]] pid_t pid() const { return reading_.pid; }
  [[nodiscard]] const ProcessReading& reading() const { return reading_; }
  [[nodiscard]] Group group() const { return reading_.group; }
  void set_group(Group group) { reading_.group = group; }

  // Reads stat and the clock. False when the process is gone, or is another one than before.
  [[nodiscard]] bool read_counters(std::span<char> buffer, const KernelUnits& units);
  // Whether it has not run since the last read_counters(), going by its clock, so that nothing about it has changed
  // but, where its parent ended, its parent. The clock of a process that is on a processor now may be a tick old.
  [[nodiscard]] bool has_rested() const;
  // Whether the last read_counters() saw another name than the one before: it has called exec, perhaps.
  [[nodiscard]] bool renamed() const { return renamed_; }
  [[nodiscard]] bool has_ended() const { return ended_; }  // and waits to be waited for
  [[nodiscard]] std::uint64_t threads() const { return threads_; }
  [[nodiscard]] std::uint64_t startstack() const { return startstack_; }  // the same after fork, another after exec

  // What read_counters() saw resident, /proc/PID/stat rss: at hand, but up to 64 pages for each processor off from
  // Linux 6.2 to 6.15.
  [[nodiscard]] std::uint64_t rough_resident_bytes() const { return rough_resident_; }

  void read_io(std::span<char> buffer);
  [[nodiscard]] std::optional<procfs::Statm> statm(std::span<char> buffer);
  [[nodiscard]] std::optional<std::uint64_t> high_water_bytes(std::span<char> buffer);
  [[nodiscard]] std::optional<std::uint64_t> open_descriptors(std::span<char> buffer, const KernelUnits& units);
  // The soft limit; for unlimited the system's own, /proc/sys/fs/nr_open.
  [[nodiscard]] std::optional<std::uint64_t> descriptor_limit(std::span<char> buffer);
  [[nodiscard]] bool is_extension(std::span<const std::string> directories, std::span<char> buffer) const;

 private:
  bool ends(std::span<char> buffer);
  struct File {
    const char* name;
    FileDescriptor fd;
  };
  template <class Parser>
  auto read(File& file, std::span<char> buffer, Parser parse) -> decltype(parse(std::string_view{}));

  // Opens a file of the process, O_RDONLY and `flags`.
  [[nodiscard]] Result<FileDescriptor> open(const char* name, int flags = 0) const;

  ProcessReading reading_;
  int proc_;
  File stat_{"stat", {}};
  File statm_{"statm", {}};
  File status_{"status", {}};
  File io_{"io", {}};
  FileDescriptor descriptors_;
  bool keep_open_;
  bool kernel_proc_;
  bool known_ = false;  // read_counters() has succeeded before
  bool ended_ = false;
  bool renamed_ = false;
  std::uint64_t threads_ = 0;
  std::uint64_t startstack_ = 0;
  std::uint64_t rough_resident_ = 0;
  std::optional<std::uint64_t> high_water_;           // VmHWM when the page faults were
  std::uint64_t high_water_faults_ = 0;               // so many
  std::optional<std::chrono::nanoseconds> io_clock_;  // the clock when io was read
  std::array<char, 16> name_{};                       // TASK_COMM_LEN; filled up with NULs
};

}  // namespace vitals
