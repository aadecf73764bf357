#include "sampling/kernel_kills.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "base/file_descriptor.h"
#include "procfs/cgroup.h"
#include "procfs/oom_kills.h"
#include "procfs/text.h"

namespace vitals {

namespace {

constexpr std::size_t longest_file = 16'384;  // vmstat has 5 KB

std::optional<std::uint64_t> count_in(const std::string& path) {
  std::array<char, longest_file> buffer;
  const auto file = open_for_reading(AT_FDCWD, path.c_str());
  if (!file) return std::nullopt;
  const auto text = read_from_start(file->get(), buffer);
  if (!text) return std::nullopt;
  const auto count = procfs::parse_oom_kills(*text);
  if (!count) procfs::log_dropped(count.error());
  return count ? std::optional{*count} : std::nullopt;
}

// The content of the file, in `buffer`; empty if it cannot be read.
std::string_view text_of(const std::string& path, std::array<char, 4096>& buffer) {
  const auto file = open_for_reading(AT_FDCWD, path.c_str());
  if (!file) return {};
  const auto text = read_from_start(file->get(), buffer);
  return text ? *text : std::string_view{};
}

bool grown(const std::optional<std::uint64_t>& before, const std::optional<std::uint64_t>& now) {
  return before && now && *now > *before;
}

}  // namespace

KernelKills::KernelKills(std::string proc_root, std::string cgroup_root, int parent)
    : proc_root_(std::move(proc_root)),
      cgroup_root_(std::move(cgroup_root)),
      parent_(parent == 0 ? ::getppid() : parent) {
}

void KernelKills::find_cgroup() {
  std::array<char, 4096> own_buffer;
  std::array<char, 4096> parents_buffer;
  const auto own = procfs::parse_cgroup(text_of(proc_root_ + "/self/cgroup", own_buffer));
  const auto parents =
      procfs::parse_cgroup(text_of(proc_root_ + "/" + std::to_string(parent_) + "/cgroup", parents_buffer));
  const auto path = own.memory ? own.memory : own.unified;
  if (!path || path != (own.memory ? parents.memory : parents.unified)) return;
  const std::string mount = cgroup_root_ + (own.memory ? "/memory" : "");
  const std::string name = own.memory ? "/memory.oom_control" : "/memory.events";
  // In a container its own cgroup may be mounted as the root, while the path is that of the host.
  std::string file_of_host = mount;
  file_of_host += *path;
  file_of_host += name;
  for (const auto& file : {file_of_host, mount + name}) {
    if (!count_in(file)) continue;
    cgroup_file_ = file;
    return;
  }
}

KernelKills::Counts KernelKills::read() const {
  Counts counts;
  if (!cgroup_file_.empty()) counts.cgroup = count_in(cgroup_file_);
  if (!counts.cgroup) counts.machine = count_in(proc_root_ + "/vmstat");
  return counts;
}

std::optional<bool> KernelKills::since_last(bool own_machine) {
  if (!std::exchange(searched_, true)) find_cgroup();
  const Counts before = std::exchange(last_, read());
  if (before.cgroup && last_.cgroup) return grown(before.cgroup, last_.cgroup);
  if (own_machine && before.machine && last_.machine) return grown(before.machine, last_.machine);
  return std::nullopt;
}

}  // namespace vitals
