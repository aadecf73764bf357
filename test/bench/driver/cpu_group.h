// CpuGroup: a cgroup whose processes together get the CPU time that Lambda gives to a sandbox of a memory size.
#pragma once

#include <chrono>
#include <filesystem>

#include "base/file_descriptor.h"

namespace bench {

class CpuGroup {
 public:
  // Of CFS bandwidth control, as in Lambda.
  static constexpr std::chrono::microseconds period{20'000};
  // The least that makes a quota which the kernel accepts, 1 ms; Lambda's own least size is 128 MB.
  static constexpr int least_memory_mb = 128;

  // Creates the group: memory_mb/1769 of a CPU in each period. Groups that killed drivers left behind are removed
  // first. Throws std::runtime_error, with what is needed, where no such group can be created.
  explicit CpuGroup(int memory_mb);
  // Removes the group. Its processes must have exited.
  ~CpuGroup();
  CpuGroup(const CpuGroup&) = delete;
  CpuGroup& operator=(const CpuGroup&) = delete;

  // CPU time of all processes in one period.
  [[nodiscard]] static std::chrono::microseconds quota(int memory_mb);

  // Moves the calling process into the group: between fork and exec.
  void enter() const;

 private:
  void create_in(const std::filesystem::path& parent, bool unified, int memory_mb);

  std::filesystem::path path_;
  vitals::FileDescriptor lock_;   // held as long as the group is in use
  vitals::FileDescriptor procs_;  // cgroup.procs
};

}  // namespace bench
