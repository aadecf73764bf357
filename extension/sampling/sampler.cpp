#include "sampling/sampler.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "procfs/machine_stat.h"
#include "procfs/statm.h"
#include "procfs/text.h"
#include "sampling/accounts.h"
#include "sampling/network.h"
#include "sampling/process_set.h"

namespace vitals {

namespace {

using std::chrono::nanoseconds;

KernelUnits kernel_units(bool kernel_proc) {
  const long page = ::sysconf(_SC_PAGESIZE);
  const long ticks = ::sysconf(_SC_CLK_TCK);
  KernelUnits units{.page_bytes = page > 0 ? static_cast<std::uint64_t>(page) : 4096,
                    .tick = nanoseconds{std::chrono::seconds{1}} / (ticks > 0 ? ticks : 100),
                    .descriptors_in_size = false};
  // Standard input, output and error may all be closed, but at least the directory itself is open now.
  const FileDescriptor directory{::open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  struct stat info {};
  units.descriptors_in_size = kernel_proc && directory && ::fstat(directory.get(), &info) == 0 && info.st_size > 0;
  return units;
}

std::optional<nanoseconds> own_cpu() {
  timespec time{};
  if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) != 0) return std::nullopt;
  return std::chrono::seconds{time.tv_sec} + nanoseconds{time.tv_nsec};
}

bool is_kernel_proc(int proc) {
  struct statfs info {};
  return proc >= 0 && ::fstatfs(proc, &info) == 0 && info.f_type == PROC_SUPER_MAGIC;
}

// The link self leads to this process's number in the namespace of /proc. It may be the same number in both namespaces;
// then /proc/self/status has the numbers of all namespaces from that of /proc down to the process's own (NSpid).
bool shows_own_namespace(int proc, std::span<char> buffer) {
  const ssize_t size = ::readlinkat(proc, "self", buffer.data(), buffer.size());
  if (size <= 0) return false;
  const auto pid = procfs::parse_unsigned(std::string_view{buffer.data(), static_cast<std::size_t>(size)}, 1U << 30U);
  if (!pid || *pid != static_cast<std::uint64_t>(::getpid())) return false;
  const auto status = open_for_reading(proc, "self/status");
  if (!status) return true;
  const auto text = read_from_start(status->get(), buffer);
  constexpr std::string_view name = "\nNSpid:\t";
  const auto at = text ? text->find(name) : std::string_view::npos;
  if (at == std::string_view::npos) return true;
  const auto line = text->substr(at + name.size());
  return line.substr(0, line.find('\n')).find('\t') == std::string_view::npos;  // a single number
}

FileDescriptor open_root(const std::string& path) {
  return FileDescriptor{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
}

}  // namespace

struct Sampler::State {
  State(SamplerOptions given, const Clock& its_clock)
      : clock(its_clock),
        tmp_path(given.tmp_path),
        disk_bytes(given.disk_bytes),
        high_water_marks(given.high_water_marks),
        cpu_wait(given.cpu_wait),
        cpu_wait_of_threads(given.cpu_wait_of_threads),
        counters(given.counters),
        proc(open_root(given.proc_root)),
        kernel_proc(is_kernel_proc(proc.get())),
        units(kernel_units(kernel_proc)),
        network(proc.get(), std::move(given.network_interfaces)),
        processes(proc.get(), kernel_proc, units,
                  {.self = given.self != 0 ? given.self : ::getpid(),
                   .parent = given.parent != 0 ? given.parent : ::getppid(),
                   .extension_directory = std::move(given.extension_directory)},
                  given.guess_memory) {}

  [[nodiscard]] bool shows_processes();
  void read_own_gauges(Gauges& gauges);
  [[nodiscard]] std::optional<nanoseconds> read_steal();

  const Clock& clock;
  std::string tmp_path;
  bool disk_bytes;
  bool high_water_marks;
  bool cpu_wait;
  bool cpu_wait_of_threads;
  SamplerOptions::Counters counters;
  FileDescriptor proc;
  bool kernel_proc;
  KernelUnits units;
  Network network;
  std::optional<bool> own_namespace;  // /proc shows the pid namespace of this process; absent: not checked yet
  ProcessSet processes;
  std::vector<pid_t> extension_processes;
  FileDescriptor own_statm;
  FileDescriptor machine_stat;
  // The longest file is /proc/net/dev of a host with many interfaces, 130 bytes each.
  std::array<char, 32768> buffer;
};

// A /proc of another pid namespace has other numbers for all processes, and may show the whole machine: a container
// with the host's /proc. Then the function's processes cannot be identified.
bool Sampler::State::shows_processes() {
  if (!kernel_proc) return true;
  if (!own_namespace) own_namespace = shows_own_namespace(proc.get(), buffer);
  return *own_namespace;
}

void Sampler::State::read_own_gauges(Gauges& gauges) {
  struct statvfs tmp {};
  if (::statvfs(tmp_path.c_str(), &tmp) == 0) {
    gauges.tmp_size_bytes = std::uint64_t{tmp.f_blocks} * tmp.f_frsize;
    gauges.tmp_used_bytes = std::uint64_t{tmp.f_blocks - tmp.f_bfree} * tmp.f_frsize;
    gauges.tmp_free_bytes = std::uint64_t{tmp.f_bavail} * tmp.f_frsize;
  }
  if (!own_statm) {
    if (auto file = open_for_reading(proc.get(), "self/statm")) own_statm = std::move(*file);
  }
  if (own_statm) {
    const auto statm = procfs::read_and_parse(own_statm.get(), buffer, procfs::parse_statm);
    if (statm) gauges.agent_resident_bytes = statm->resident * units.page_bytes;
  }
}

std::optional<nanoseconds> Sampler::State::read_steal() {
  if (!machine_stat) {
    if (auto file = open_for_reading(proc.get(), "stat")) machine_stat = std::move(*file);
  }
  if (!machine_stat) return std::nullopt;
  const auto ticks = procfs::read_and_parse(machine_stat.get(), buffer, procfs::parse_steal);
  return ticks ? std::optional{static_cast<std::int64_t>(*ticks) * units.tick} : std::nullopt;
}

Sampler::Sampler(SamplerOptions options, const Clock& clock)
    : options_(std::move(options)), clock_(clock), state_(std::make_unique<State>(options_, clock)) {
}

Sampler::~Sampler() = default;

void Sampler::start_again() {
  state_.reset();  // its descriptors may be needed
  state_ = std::make_unique<State>(options_, clock_);
}

void Sampler::allow_pss(nanoseconds cost) {
  state_->processes.allow_pss(cost);
}

void Sampler::read(Sample& sample) {
  read_counters(sample);
  read_rest(sample);
}

void Sampler::read_counters(Sample& sample) {
  State& state = *state_;
  ProcessSet& processes = state.processes;
  const bool shown = state.shows_processes();
  if (shown) processes.find_new(state.buffer);
  sample.at = state.clock.now();
  if (state.counters.agent_cpu) sample.agent_cpu = own_cpu();
  if (state.counters.steal) sample.steal = state.read_steal();
  sample.waits.clear();
  if (shown) processes.read_counters(true, state.buffer);
  if (shown && state.cpu_wait) processes.take_waits(sample.waits, state.cpu_wait_of_threads, state.buffer);
  state.network.read(sample.interfaces, state.buffer);
  sample.function = sample.extensions = std::nullopt;
  if (!shown) return;
  if (state.disk_bytes) processes.read_io(state.buffer);
  processes.account();
  if (processes.runtime_seen()) sample.function = processes.accounts().function();
  sample.extensions = processes.accounts().extensions();
  if (!state.disk_bytes && sample.function) sample.function->read_bytes = sample.function->write_bytes = std::nullopt;
}

void Sampler::read_rest(Sample& sample) {
  State& state = *state_;
  sample.gauges = {};
  sample.gauges.at = sample.at.steady;
  if (state.shows_processes()) {
    state.processes.read_gauges(sample.gauges, true, sample.at.steady, state.clock, state.buffer);
    if (state.high_water_marks) state.processes.take_memory(sample.processes, state.buffer);
    sample.gauges.process_changes = state.processes.changes();
  }
  state.read_own_gauges(sample.gauges);
}

void Sampler::read(Gauges& gauges) {
  State& state = *state_;
  gauges = {};
  const SteadyTime began = gauges.at = state.clock.now().steady;
  if (state.shows_processes()) {
    state.processes.find_new(state.buffer);
    state.processes.read_counters(false, state.buffer);
    state.processes.account();
    state.processes.read_gauges(gauges, false, began, state.clock, state.buffer);
    gauges.process_changes = state.processes.changes();
  }
  state.read_own_gauges(gauges);
}

std::optional<pid_t> Sampler::first_function_process() const {
  return state_->processes.first(Group::function);
}

const std::vector<pid_t>& Sampler::extension_processes() {
  state_->processes.list(Group::extension, state_->extension_processes);
  return state_->extension_processes;
}

}  // namespace vitals
