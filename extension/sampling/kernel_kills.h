// KernelKills: whether the kernel's out-of-memory killer has killed a process of the sandbox.
//
// Two counters show it. The memory cgroup's counts only this sandbox, as long as this process and its parent are in the
// same one. /proc/vmstat's counts the whole machine: in Lambda the virtual machine is the sandbox, elsewhere it has
// others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace vitals {

class KernelKills {
 public:
  // `parent`: of this process. Reads nothing yet.
  explicit KernelKills(std::string proc_root = "/proc", std::string cgroup_root = "/sys/fs/cgroup", int parent = 0);

  // Whether there was a kill since the last call. Absent: not known, as at the first call, which reads the counter's
  // first value. `own_machine`: the sandbox is the only one on its machine. Costs 5 to 20 µs: too much for every
  // invocation.
  std::optional<bool> since_last(bool own_machine);

 private:
  // The last readings of the counters; absent: not readable, or not of the sandbox.
  struct Counts {
    std::optional<std::uint64_t> cgroup;
    std::optional<std::uint64_t> machine;
  };

  void find_cgroup();
  [[nodiscard]] Counts read() const;

  std::string proc_root_;
  std::string cgroup_root_;
  int parent_;
  bool searched_ = false;
  std::string cgroup_file_;  // empty: no file covers the sandbox
  Counts last_;
};

}  // namespace vitals
