#include "sampling/process_finder.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <utility>

#include "procfs/directory.h"
#include "procfs/loadavg.h"
#include "procfs/text.h"
#include "sampling/process_clock.h"

namespace vitals {

namespace {

// From this many new pids on, reading /proc is cheaper than probing them all (0.15 µs each).
constexpr pid_t most_probes = 2000;

}  // namespace

ProcessFinder::ProcessFinder(int proc, bool kernel_proc) : proc_(proc) {
  if (!kernel_proc) return;
  auto loadavg = open_for_reading(proc, "loadavg");
  if (!loadavg) return;
  // If a container mounts its own file there (lxcfs), its pid may be minutes old.
  struct statfs info {};
  if (::fstatfs(loadavg->get(), &info) == 0 && info.f_type == PROC_SUPER_MAGIC) loadavg_ = std::move(*loadavg);
}

void ProcessFinder::scan(std::span<char> buffer) {
  if (!procfs::list_pids(proc_, buffer, pids_)) pids_.clear();
}

std::span<const pid_t> ProcessFinder::candidates(std::span<char> buffer) {
  pid_t last = 0;
  if (loadavg_) {
    const auto reported = procfs::read_and_parse(loadavg_.get(), buffer, procfs::parse_last_pid);
    if (reported) last = *reported;
  }
  // The pids from before the last sample are probed again: a fork that was under way then had its pid already, but was
  // not visible yet.
  const pid_t from = std::exchange(previous_, std::exchange(last_, last));
  if (last <= 0 || from <= 0 || previous_ < from || last < previous_ || last - from > most_probes) {
    scan(buffer);
    return pids_;
  }
  pids_.clear();
  for (pid_t pid = from + 1; pid <= last; ++pid) {
    if (process_clock(pid)) pids_.push_back(pid);
  }
  return pids_;
}

}  // namespace vitals
