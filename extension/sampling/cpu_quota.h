// The CPU quota of this process's cgroups, which the function beside it shares.
#pragma once

#include <optional>
#include <string>

namespace vitals {

// The smallest quota of this process's own cgroup and of those above it, in CPUs. Absent: no limit, or none that can be
// read. Reads PROC_ROOT/self/cgroup, and below `cgroup_root` cpu.max (v2) or cpu/cpu.cfs_quota_us (v1). In a container
// the path in /proc may belong to another mount than the visible one, so the root of the visible one is read in any
// case.
[[nodiscard]] std::optional<double> read_cpu_quota(const std::string& proc_root = "/proc",
                                                   const std::string& cgroup_root = "/sys/fs/cgroup");

}  // namespace vitals
