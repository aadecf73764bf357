// The limit that the cgroups of this process put on its CPU time, and so on that of the function beside it.
#pragma once

#include <optional>
#include <string>

namespace vitals {

// The least quota of this process's own cgroup and of those above it, in CPUs. Absent: no limit, or none that can be
// read. Reads PROC_ROOT/self/cgroup, and below `cgroup_root` cpu.max (v2) or cpu/cpu.cfs_quota_us (v1). In a container
// the path in /proc may be of another mount than the one that it sees; the root of what it sees is looked at in any
// case.
[[nodiscard]] std::optional<double> read_cpu_quota(const std::string& proc_root = "/proc",
                                                   const std::string& cgroup_root = "/sys/fs/cgroup");

}  // namespace vitals
