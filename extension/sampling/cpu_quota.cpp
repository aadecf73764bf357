#include "sampling/cpu_quota.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "base/file_descriptor.h"
#include "procfs/cgroup.h"

namespace vitals {

namespace {

// One or two numbers. The paths in /proc/self/cgroup are at most those of a host's nested containers.
using Buffer = std::array<char, 4096>;

std::string_view read(const std::string& path, std::span<char> buffer) {
  const auto file = open_for_reading(AT_FDCWD, path.c_str());
  if (!file) return {};
  const auto text = read_from_start(file->get(), buffer);
  return text ? *text : std::string_view{};
}

std::optional<double> quota_of(const std::string& directory, bool unified) {
  std::array<char, 128> quota{};
  std::array<char, 128> period{};
  if (unified) return procfs::parse_cpu_max(read(directory + "/cpu.max", quota));
  return procfs::parse_cfs_quota(read(directory + "/cpu.cfs_quota_us", quota),
                                 read(directory + "/cpu.cfs_period_us", period));
}

// No container has more levels.
constexpr int most_levels = 32;

// From the cgroup at `path` up to the root.
std::optional<double> least_quota(const std::string& root, std::string_view path, bool unified) {
  std::optional<double> least;
  for (int level = 0; level < most_levels; ++level) {
    while (path.ends_with('/')) path.remove_suffix(1);
    if (const auto quota = quota_of(root + std::string{path}, unified))
      least = std::min(least.value_or(*quota), *quota);
    if (path.empty()) break;
    path = path.substr(0, path.rfind('/'));
  }
  return least;
}

}  // namespace

std::optional<double> read_cpu_quota(const std::string& proc_root, const std::string& cgroup_root) {
  Buffer buffer;
  const auto paths = procfs::parse_cgroup(read(proc_root + "/self/cgroup", buffer));
  if (paths.cpu) return least_quota(cgroup_root + "/cpu", *paths.cpu, false);
  return paths.unified ? least_quota(cgroup_root, *paths.unified, true) : std::nullopt;
}

}  // namespace vitals
