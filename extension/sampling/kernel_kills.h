// KernelKills: whether the kernel's out-of-memory killer has killed a process of the sandbox.
//
// Two counters tell. The memory cgroup's counts this sandbox only, as long as this process and its parent are in the
// same one. /proc/vmstat's counts the whole machine: in Lambda the virtual machine is the sandbox, elsewhere it has
// others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace vitals {

class KernelKills {
 public:
  // `parent`: of this process. Nothing is read yet.
  explicit KernelKills(std::string proc_root = "/proc", std::string cgroup_root = "/sys/fs/cgroup", int parent = 0);

  // Whether there was a kill since the last call. Absent: not known, as at the first call, which takes the counter's
  // first value. `alone`: the sandbox has a machine of its own. Costs 5 to 20 µs: not for every invocation.
  std::optional<bool> since_last(bool alone);

 private:
  // The counters as they were read last; absent: not readable, or not of the sandbox.
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
  std::string cgroup_file_;  // empty: none is of the sandbox
  Counts last_;
};

}  // namespace vitals
