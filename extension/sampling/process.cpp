#include "sampling/process.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "procfs/directory.h"
#include "procfs/io.h"
#include "procfs/limits.h"
#include "procfs/process_path.h"
#include "procfs/text.h"
#include "sampling/process_clock.h"

namespace vitals {

namespace {

bool ends_by(const procfs::Stat& stat) {
  return stat.state == 'Z' || stat.state == 'X' || (stat.flags & procfs::flag_exiting) != 0;
}

}  // namespace

Process::Process(int proc, pid_t pid, Group group, bool keep_open, bool kernel_proc)
    : proc_(proc), keep_open_(keep_open), kernel_proc_(kernel_proc) {
  reading_.pid = pid;
  reading_.group = group;
}

Result<FileDescriptor> Process::open(const char* name, pid_t thread, int flags) const {
  const auto path =
      thread == 0 ? procfs::ProcessPath{reading_.pid, name} : procfs::ProcessPath{reading_.pid, thread, name};
  FileDescriptor fd{::openat(proc_, path.c_str(), O_RDONLY | O_CLOEXEC | flags)};
  if (!fd) return Error{ErrorCode::io, std::string(path.c_str()) + ": " + ::strerrordesc_np(errno)};
  return fd;
}

template <class Parser>
auto Process::read(File& file, std::span<char> buffer, Parser parse) -> decltype(parse(std::string_view{})) {
  if (file.fd) return procfs::read_and_parse(file.fd.get(), buffer, parse);
  auto opened = open(file.name, file.of_process ? 0 : through_);
  if (!opened) return opened.error();
  auto result = procfs::read_and_parse(opened->get(), buffer, parse);
  if (keep_open_) file.fd = std::move(*opened);
  return result;
}

bool Process::is_idle() const {
  return kernel_proc_ && known_ && reading_.clock && process_clock(reading_.pid) == reading_.clock;
}

bool Process::read_counters(std::span<char> buffer, const KernelUnits& units) {
  // Read before the file: a process that runs in between is then read once too often rather than not at all.
  const auto clock = kernel_proc_ ? process_clock(reading_.pid) : std::nullopt;
  const auto stat = read(stat_, buffer, procfs::parse_stat);
  if (!stat || (known_ && stat->starttime != reading_.start_time)) return false;
  see(*stat, buffer);
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
  threads_ = stat->num_threads;
  rough_resident_ = stat->rss * units.page_bytes;
  known_ = true;
  return true;
}

// Takes from `stat`, in `buffer`, how the process was started and whether it is ending. A leading thread may end before
// the others (pthread_exit in main): then it has neither memory nor descriptors, and the files of another thread do.
void Process::see(const procfs::Stat& stat, std::span<char> buffer) {
  origin_.pid = reading_.pid;
  origin_.ppid = stat.ppid;
  origin_.pgrp = stat.pgrp;
  origin_.session = stat.session;
  origin_.start_time = stat.starttime;
  origin_.executed = (stat.flags & procfs::flag_not_executed) == 0;
  const bool leader_ends = ends_by(stat);
  if (!leader_ends) origin_.startstack = stat.startstack;
  origin_.name = {};
  std::copy_n(stat.comm.begin(), std::min(stat.comm.size(), origin_.name.size() - 1), origin_.name.begin());
  const bool others_live = leader_ends && stat.num_threads > 1;
  if (!others_live) {
    look_through(0);
  } else if (through_ == 0 || !thread_lives(through_, buffer)) {
    look_through(find_live_thread(buffer));
  }
  origin_.ended = leader_ends && through_ == 0;
}

bool Process::thread_lives(pid_t thread, std::span<char> buffer) const {
  const auto file = open("stat", thread);
  if (!file) return false;
  const auto stat = procfs::read_and_parse(file->get(), buffer, procfs::parse_stat);
  return stat && !ends_by(*stat);
}

// 0 if there is none.
pid_t Process::find_live_thread(std::span<char> buffer) const {
  std::vector<pid_t> threads;
  const auto directory = open("task", 0, O_DIRECTORY);
  if (!directory || !procfs::list_pids(directory->get(), buffer, threads)) return 0;
  const auto found = std::find_if(threads.begin(), threads.end(),
                                  [&](pid_t thread) { return thread != reading_.pid && thread_lives(thread, buffer); });
  return found == threads.end() ? 0 : *found;
}

// The files that are kept open belong to one thread.
void Process::look_through(pid_t thread) {
  if (thread == through_) return;
  through_ = thread;
  for (FileDescriptor* const file : {&statm_.fd, &status_.fd, &descriptors_}) *file = {};
}

// Whether the process has ended since its counters were read, or is about to: it has released its memory, and newer
// kernels show the bytes of such a process only to root. They will soon be in its parent's.
bool Process::ends(std::span<char> buffer) {
  const auto stat = read(stat_, buffer, procfs::parse_stat);
  origin_.ended =
      !stat || stat->starttime != reading_.start_time || (through_ == 0 && (ends_by(*stat) || stat->rss == 0));
  return origin_.ended;
}

void Process::read_io(std::span<char> buffer) {
  // A process that has not run has not read, written or waited for children either.
  if (reading_.clock && io_clock_ == reading_.clock) return;
  io_clock_ = reading_.clock;
  const auto io = read(io_, buffer, procfs::parse_io);
  reading_.io_denied = !io && !has_ended() && !ends(buffer);
  if (io) reading_.io = IoBytes{io->read_bytes, io->write_bytes};
}

const ProcessWait& Process::read_wait(bool all_threads, std::span<char> buffer) {
  wait_.pid = reading_.pid;
  wait_.start_time = reading_.start_time;
  wait_.children_faults = reading_.cminflt;
  // Who has not run since has not come to the end of a wait either.
  if (reading_.clock && wait_clock_ == reading_.clock) return wait_;
  wait_clock_ = reading_.clock;
  wait_.waited.reset();
  if (!reading_.clock) return wait_;
  const auto threads = schedstat(all_threads, buffer);
  // More than the clock: it has run between the two readings.
  if (!threads || threads->ran > *reading_.clock) return wait_;
  wait_.waited = threads->waited;
  wait_.exited = *reading_.clock - threads->ran;
  return wait_;
}

// The sum of its threads.
std::optional<procfs::Schedstat> Process::schedstat(bool all_threads, std::span<char> buffer) {
  if (threads_ == 1) {
    const auto only = read(schedstat_, buffer, procfs::parse_schedstat);
    return only ? std::optional{*only} : std::nullopt;
  }
  constexpr std::size_t most_threads = 256;
  if (!all_threads) return std::nullopt;
  std::vector<pid_t> threads;
  const auto directory = open("task", 0, O_DIRECTORY);
  if (!directory || !procfs::list_pids(directory->get(), buffer, threads)) return std::nullopt;
  if (threads.size() > most_threads) return std::nullopt;
  procfs::Schedstat sum;
  for (const pid_t thread : threads) {
    const auto file = open("schedstat", thread);
    if (!file) continue;  // it has ended: the clock shows that
    const auto one = procfs::read_and_parse(file->get(), buffer, procfs::parse_schedstat);
    if (!one) continue;
    sum.ran += one->ran;
    sum.waited += one->waited;
  }
  return sum;
}

std::optional<procfs::Statm> Process::statm(std::span<char> buffer) {
  const auto statm = read(statm_, buffer, procfs::parse_statm);
  if (!statm) return std::nullopt;
  if (statm->size > 0) return *statm;
  origin_.ended = true;
  return std::nullopt;
}

Result<procfs::SmapsRollup> Process::smaps_rollup(std::span<char> buffer) const {
  const auto file = open("smaps_rollup", through_);
  if (!file) return file.error();
  return procfs::read_and_parse(file->get(), buffer, procfs::parse_smaps_rollup);
}

std::uint64_t Process::program() const {
  // FNV-1a.
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char character : origin_.name) hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3U;
  return hash;
}

std::optional<std::uint64_t> Process::high_water_bytes(std::span<char> buffer) {
  // No memory becomes resident without a page fault: this saves 6 µs for each waiting process.
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
    auto result = open("fd", through_, O_DIRECTORY);
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
    const auto file = open("limits", 0);
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

bool Process::runs_file_of(std::string_view directory, std::span<char> buffer) const {
  const ssize_t size =
      ::readlinkat(proc_, procfs::ProcessPath(reading_.pid, "exe").c_str(), buffer.data(), buffer.size());
  if (size <= 0) return false;
  const std::string_view program{buffer.data(), static_cast<std::size_t>(size)};
  const auto slash = program.rfind('/');
  return slash != std::string_view::npos && program.substr(0, slash) == directory;
}

}  // namespace vitals
