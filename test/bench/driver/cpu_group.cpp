#include "cpu_group.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

namespace {

namespace fs = std::filesystem;
using vitals::FileDescriptor;

constexpr int one_vcpu_mb = 1769;
constexpr std::string_view prefix = "lambda-vitals-";  // test/sandbox/lambda_sandbox/cpu_group.py has the same
constexpr int removal_attempts = 200;                  // 1 ms apart: an exited process leaves its group a little later

// A mounted cgroup hierarchy with the cpu controller, and this process's group in it.
struct Hierarchy {
  fs::path mount;
  fs::path own;
  bool unified = false;  // version 2
};

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

bool contains(const std::vector<std::string>& parts, std::string_view part) {
  return std::find(parts.begin(), parts.end(), part) != parts.end();
}

[[noreturn]] void fail(const fs::path& file) {
  throw std::runtime_error(file.string() + ": " + ::strerrordesc_np(errno));
}

std::string content(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// proc_pid_cgroup(5): "1:cpu,cpuacct:/path", and "0::/path" in version 2.
fs::path own_path(bool unified) {
  for (const auto& line : split(content("/proc/self/cgroup"), '\n')) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (unified ? controllers.empty() : contains(split(controllers, ','), "cpu")) return line.substr(second + 1);
  }
  return "/";
}

// proc_pid_mountinfo(5): "36 35 98:0 /root /mount/point rw,noatime … - type source rw,cpu". Version 1 is preferred:
// where it has the cpu controller, version 2 does not.
Hierarchy find_hierarchy() {
  Hierarchy found;
  for (const auto& line : split(content("/proc/self/mountinfo"), '\n')) {
    const auto separator = line.find(" - ");
    if (separator == std::string::npos) continue;
    const auto fields = split(line, ' ');
    const auto type = split(line.substr(separator + 3), ' ');
    if (fields.size() < 5 || type.size() < 3) continue;
    const bool first_version = type[0] == "cgroup" && contains(split(type[2], ','), "cpu");
    if (!first_version && (type[0] != "cgroup2" || !found.mount.empty())) continue;
    const fs::path own = own_path(!first_version);
    const fs::path below = own.lexically_relative(fields[3]);
    found = {fields[4], fields[4], !first_version};
    if (!below.empty() && below != "." && *below.begin() != "..") found.own /= below;
    if (first_version) break;
  }
  return found;
}

void write_to(const fs::path& file, const std::string& text) {
  const FileDescriptor out{::open(file.c_str(), O_WRONLY | O_CLOEXEC)};
  if (!out || ::write(out.get(), text.data(), text.size()) < 0) fail(file);
}

// A group that nobody has locked belonged to a driver that was killed. One with processes in it cannot be removed.
void remove_stale(const fs::path& parent) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(parent, ignored)) {
    if (!entry.path().filename().string().starts_with(prefix)) continue;
    const FileDescriptor lock{::open(entry.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) ::rmdir(entry.path().c_str());
  }
}

}  // namespace

std::chrono::microseconds CpuGroup::quota(int memory_mb) {
  return period * memory_mb / one_vcpu_mb;
}

CpuGroup::CpuGroup(int memory_mb) {
  const Hierarchy hierarchy = find_hierarchy();
  std::string reason = "no cgroup hierarchy with the cpu controller is mounted";
  // Version 2 allows no group with a limit inside one that has processes, so an ancestor is used then.
  for (fs::path parent = hierarchy.own; !hierarchy.mount.empty(); parent = parent.parent_path()) {
    try {
      create_in(parent, hierarchy.unified, memory_mb);
      return;
    } catch (const std::runtime_error& error) {
      reason = error.what();
    }
    if (parent == hierarchy.mount || parent == parent.parent_path()) break;
  }
  throw std::runtime_error("no CPU quota can be set: " + reason +
                           "; it needs root and a writable /sys/fs/cgroup with the cpu controller (in a container: "
                           "--privileged --cgroupns=host)");
}

void CpuGroup::create_in(const fs::path& parent, bool unified, int memory_mb) {
  // Until this group is locked as well, no other driver may take it for a stale one.
  const FileDescriptor guard{::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!guard || ::flock(guard.get(), LOCK_EX) != 0) fail(parent);
  remove_stale(parent);
  if (unified && !contains(words(content(parent / "cgroup.subtree_control")), "cpu")) {
    write_to(parent / "cgroup.subtree_control", "+cpu");
  }
  std::string name = (parent / prefix).string() + "XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) fail(parent);
  path_ = name;
  try {
    lock_ = FileDescriptor{::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!lock_ || ::flock(lock_.get(), LOCK_SH) != 0) fail(path_);
    const std::string period_us = std::to_string(period.count());
    const std::string quota_us = std::to_string(quota(memory_mb).count());
    if (unified) {
      write_to(path_ / "cpu.max", quota_us + " " + period_us);
    } else {
      write_to(path_ / "cpu.cfs_period_us", period_us);
      write_to(path_ / "cpu.cfs_quota_us", quota_us);
    }
    procs_ = FileDescriptor{::open((path_ / "cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC)};
    if (!procs_) fail(path_ / "cgroup.procs");
  } catch (const std::runtime_error&) {
    ::rmdir(path_.c_str());
    throw;
  }
}

CpuGroup::~CpuGroup() {
  for (int attempt = 0; attempt < removal_attempts && ::rmdir(path_.c_str()) != 0 && errno == EBUSY; ++attempt) {
    ::usleep(1000);
  }
}

void CpuGroup::enter() const {
  if (::write(procs_.get(), "0", 1) < 0) ::_exit(126);
}

}  // namespace bench
