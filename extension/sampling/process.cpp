#include "sampling/process.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "procfs/directory.h"
#include "procfs/io.h"
#include "procfs/limits.h"
#include "procfs/process_path.h"
#include "procfs/text.h"
#include "sampling/extension_test.h"
#include "sampling/process_clock.h"

namespace vitals {

Process::Process(int proc, pid_t pid, Group group, bool keep_open, bool kernel_proc)
    : proc_(proc), keep_open_(keep_open), kernel_proc_(kernel_proc) {
  reading_.pid = pid;
  reading_.group = group;
}

Result<FileDescriptor> Process::open(const char* name, int flags) const {
  const procfs::ProcessPath path{reading_.pid, name};
  FileDescriptor fd{::openat(proc_, path.c_str(), O_RDONLY | O_CLOEXEC | flags)};
  if (!fd) return Error{ErrorCode::io, std::string(path.c_str()) + ": " + ::strerrordesc_np(errno)};
  return fd;
}

template <class Parser>
auto Process::read(File& file, std::span<char> buffer, Parser parse) -> decltype(parse(std::string_view{})) {
  if (file.fd) return procfs::read_and_parse(file.fd.get(), buffer, parse);
  auto opened = open(file.name);
  if (!opened) return opened.error();
  auto result = procfs::read_and_parse(opened->get(), buffer, parse);
  if (keep_open_) file.fd = std::move(*opened);
  return result;
}

bool Process::has_rested() const {
  return kernel_proc_ && known_ && reading_.clock && process_clock(reading_.pid) == reading_.clock;
}

bool Process::read_counters(std::span<char> buffer, const KernelUnits& units) {
  // Before the file: whoever runs in between is read once too often rather than never again.
  const auto clock = kernel_proc_ ? process_clock(reading_.pid) : std::nullopt;
  const auto stat = read(stat_, buffer, procfs::parse_stat);
  if (!stat || (known_ && stat->starttime != reading_.start_time)) return false;
  reading_.clock = clock;
  const auto time = [&units](std::uint64_t ticks) { return static_cast<std::int64_t>(ticks) * units.tick; };
  reading_.ppid = stat->ppid;
  reading_.start_time = stat->starttime;
  reading_.own_ticks = {time(stat->utime), time(stat->stime)};
  reading_.children_ticks = {time(stat->cutime), time(stat->cstime)};
  reading_.minflt = stat->minflt;
  reading_.cminflt = stat->cminflt;
  // The common parent's own faults are not the function's.
  reading_.majflt = reading_.group == Group::init ? stat->cmajflt : stat->majflt + stat->cmajflt;
  ended_ = stat->state == 'Z' || stat->state == 'X';
  threads_ = stat->num_threads;
  startstack_ = stat->startstack;
  rough_resident_ = stat->rss * units.page_bytes;
  std::array<char, 16> name{};
  std::copy_n(stat->comm.begin(), std::min(stat->comm.size(), name.size() - 1), name.begin());
  renamed_ = known_ && name != name_;
  name_ = name;
  known_ = true;
  return true;
}

// Whether the process has ended since its counters were read, or is about to: it has given back its memory, and newer
// kernels show the bytes of such a process to root alone. They are its parent's soon.
bool Process::ends(std::span<char> buffer) {
  const auto stat = read(stat_, buffer, procfs::parse_stat);
  ended_ =
      !stat || stat->starttime != reading_.start_time || stat->state == 'Z' || stat->state == 'X' || stat->rss == 0;
  return ended_;
}

void Process::read_io(std::span<char> buffer) {
  // Who has not run since has not read or written either, nor waited for children that had.
  if (reading_.clock && io_clock_ == reading_.clock) return;
  io_clock_ = reading_.clock;
  const auto io = read(io_, buffer, procfs::parse_io);
  reading_.io_denied = !io && !ended_ && !ends(buffer);
  if (io) reading_.io = IoBytes{io->read_bytes, io->write_bytes};
}

std::optional<procfs::Statm> Process::statm(std::span<char> buffer) {
  const auto statm = read(statm_, buffer, procfs::parse_statm);
  return statm ? std::optional{*statm} : std::nullopt;
}

std::optional<std::uint64_t> Process::high_water_bytes(std::span<char> buffer) {
  // No memory becomes resident without a page fault: 6 µs saved for each process that waits.
  const std::uint64_t faults = reading_.minflt + reading_.majflt;
  if (high_water_ && faults == high_water_faults_ && rough_resident_ <= *high_water_) return high_water_;
  const auto status = read(status_, buffer, procfs::parse_status);
  high_water_ = status ? status->VmHWM : std::nullopt;
  high_water_faults_ = faults;
  return high_water_;
}

std::optional<std::uint64_t> Process::open_descriptors(std::span<char> buffer, const KernelUnits& units) {
  FileDescriptor opened;
  if (!descriptors_) {
    auto result = open("fd", O_DIRECTORY);
    if (!result) return std::nullopt;
    (keep_open_ ? descriptors_ : opened) = std::move(*result);
  }
  const int fd = descriptors_ ? descriptors_.get() : opened.get();
  if (units.descriptors_in_size) {
    struct stat info {};
    return ::fstat(fd, &info) == 0 ? std::optional{static_cast<std::uint64_t>(info.st_size)} : std::nullopt;
  }
  const auto count = procfs::count_entries(fd, buffer);
  return count ? std::optional{*count} : std::nullopt;
}

std::optional<std::uint64_t> Process::descriptor_limit(std::span<char> buffer) {
  rlimit64 limit{};
  if (kernel_proc_ && ::prlimit64(reading_.pid, RLIMIT_NOFILE, nullptr, &limit) == 0) {
    if (limit.rlim_cur != RLIM64_INFINITY) return limit.rlim_cur;
  } else {
    const auto file = open("limits");
    if (!file) return std::nullopt;
    const auto limits = procfs::read_and_parse(file->get(), buffer, procfs::parse_limits);
    if (!limits) return std::nullopt;
    if (limits->max_open_files) return limits->max_open_files;
  }
  const auto system = open_for_reading(proc_, "sys/fs/nr_open");
  if (!system) return std::nullopt;
  const auto nr_open = procfs::read_and_parse(system->get(), buffer, procfs::parse_nr_open);
  return nr_open ? std::optional{*nr_open} : std::nullopt;
}

bool Process::is_extension(std::span<const std::string> directories, std::span<char> buffer) const {
  return vitals::is_extension(proc_, reading_.pid, directories, buffer);
}

}  // namespace vitals
