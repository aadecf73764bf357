// /proc/self/cgroup, and the files of a cgroup that limit its CPU time: cgroup v1 (cpu.cfs_quota_us, cpu.cfs_period_us)
// and v2 (cpu.max). https://docs.kernel.org/admin-guide/cgroup-v2.html,
// https://docs.kernel.org/scheduler/sched-bwc.html
#pragma once

#include <optional>
#include <string_view>

namespace vitals::procfs {

// The cgroups of a process, as paths from the root of their hierarchies. Views into the parsed text.
struct CgroupPaths {
  std::optional<std::string_view> cpu;      // v1: the hierarchy of the controller cpu
  std::optional<std::string_view> memory;   // v1: that of the controller memory
  std::optional<std::string_view> unified;  // v2
};

// Parses the content of /proc/PID/cgroup. A line that is not HIERARCHY:CONTROLLERS:PATH is skipped.
[[nodiscard]] CgroupPaths parse_cgroup(std::string_view text);

// Parses the content of cpu.max, "1447 20000" or "max 20000": quota over period, in CPUs. Absent: no limit, or other
// content.
[[nodiscard]] std::optional<double> parse_cpu_max(std::string_view text);

// The same from cpu.cfs_quota_us ("-1": no limit) and cpu.cfs_period_us.
[[nodiscard]] std::optional<double> parse_cfs_quota(std::string_view quota, std::string_view period);

}  // namespace vitals::procfs
