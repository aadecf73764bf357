#include "sampling/process_set.h"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "base/process_setup.h"
#include "sampling/fault_size.h"
#include "sampling/process_clock.h"

namespace vitals {

namespace {

std::size_t processes_kept_open() {
  const auto limit = open_file_limit();
  const auto spare = limit > enough_open_files ? limit - enough_open_files : 0;
  return std::min<std::size_t>(ProcessSet::max_kept_open, spare / ProcessSet::files_kept_open);
}

}  // namespace

ProcessSet::ProcessSet(int proc, bool kernel_proc, const KernelUnits& units, Ancestry ancestry, bool guess_memory)
    : proc_(proc),
      kernel_proc_(kernel_proc),
      units_(units),
      ancestry_(std::move(ancestry)),
      kept_open_(processes_kept_open()),
      finder_(proc, kernel_proc),
      resident_memory_(guess_memory, units.page_bytes),
      accounts_(units.tick) {
  init_.emplace(proc, ancestry_.parent, Group::init, true, kernel_proc);
}

ProcessSet::Member* ProcessSet::find(pid_t pid) {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [pid](const Member& member) { return member.process.pid() == pid; });
  return found == members_.end() ? nullptr : &*found;
}

void ProcessSet::read_counters(bool boundary, std::span<char> buffer) {
  const bool init_due = std::exchange(init_due_, false);
  if (init_ && (init_due || (boundary && !init_->is_idle())) && !init_->read_counters(buffer, units_)) init_.reset();
  // When a process has ended, its children have another parent now; they are after it. What it used is its parent's
  // now, whose clock may not show before the kernel's next tick that it has run: the next sample reads them all.
  bool all_due = std::exchange(all_due_, false);
  std::erase_if(members_, [&](Member& member) {
    Process& process = member.process;
    // This process is alive, and its own counters are read elsewhere: this saves a fifth of a tick's cost.
    if (process.pid() == ancestry_.self) return false;
    member.idle = !all_due && process.is_idle();
    if (member.idle) return false;
    const bool had_ended = process.has_ended();
    const bool there = process.read_counters(buffer, units_);
    const bool ended = !there || (process.has_ended() && !had_ended);
    if (ended) ++changes_;
    init_due_ |= ended;
    all_due_ |= ended;
    all_due |= ended;
    return !there;
  });
}

void ProcessSet::list(Group group, std::vector<pid_t>& pids) const {
  pids.clear();
  for (const auto& member : members_) {
    if (member.process.group() == group) pids.push_back(member.process.pid());
  }
}

std::optional<pid_t> ProcessSet::first(Group group) const {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [group](const Member& member) { return member.process.group() == group; });
  return found == members_.end() ? std::nullopt : std::optional{found->process.pid()};
}

void ProcessSet::read_io(std::span<char> buffer) {
  for (auto& member : members_) {
    if (member.process.group() == Group::function) member.process.read_io(buffer);
  }
}

void ProcessSet::take_waits(std::vector<ProcessWait>& waits, bool all_threads, std::span<char> buffer) {
  waits.clear();
  if (!runtime_seen_ || members_.size() > most_waits) return;
  if (init_) {
    const ProcessReading& init = init_->reading();
    waits.push_back({init.pid, init.start_time, init.cminflt, std::chrono::nanoseconds{0}, {}});
  }
  for (auto& member : members_) {
    if (member.process.group() != Group::function || member.process.has_ended()) continue;
    waits.push_back(member.process.read_wait(all_threads, buffer));
  }
}

void ProcessSet::account() {
  readings_.clear();
  if (init_) readings_.push_back(init_->reading());
  for (const auto& member : members_) {
    if (member.process.group() != Group::ignored) readings_.push_back(member.process.reading());
  }
  accounts_.update(readings_);
  unseen_faults_ += accounts_.unseen_faults();
}

// False if it cannot be known.
bool ProcessSet::read_memory(Member& member, std::span<char> buffer) {
  Process& process = member.process;
  ResidentProcess& resident = member.resident;
  const auto statm = process.statm(buffer);
  if (!statm) return false;
  resident.pid = process.pid();
  resident.ppid = process.reading().ppid;
  resident.resident = statm->resident * units_.page_bytes;
  resident.shared = std::min(statm->shared * units_.page_bytes, resident.resident);
  resident.faulted = process.reading().minflt * units_.page_bytes;
  resident.startstack = process.startstack();
  resident.program = process.program();
  return true;
}

// Its counters were read at its end, but not its memory.
void ProcessSet::note_end(Member& member) {
  if (std::exchange(member.end_noted, true)) return;
  ++changes_;
  if (member.process.group() != Group::function) return;
  const std::uint64_t seen = member.faulted_before / units_.page_bytes;
  unseen_faults_ += std::max(member.process.reading().minflt, seen) - seen;
}

void ProcessSet::read_gauges(Gauges& gauges, bool boundary, SteadyTime began, const Clock& clock,
                             std::span<char> buffer) {
  const auto keep_max = [](std::optional<std::uint64_t>& most, std::optional<std::uint64_t> value) {
    if (value && (!most || *value > *most)) most = value;
  };
  residents_.clear();
  resident_processes_.clear();
  for (auto& member : members_) {
    Process& process = member.process;
    if (process.group() == Group::ignored || process.has_ended()) {
      member.resident.resident = 0;
      note_end(member);
      continue;
    }
    // A process that has not run has the same gauges as before.
    const bool same = member.idle && member.gauges_known;
    const bool fresh = member.fresh && !boundary;
    // Before the memory, which an ending process releases first: while it has memory it has its descriptors.
    const bool count = process.group() == Group::function && !same && !fresh;
    const auto open_descriptors = count ? process.open_descriptors(buffer, units_) : std::nullopt;
    const bool known = same || read_memory(member, buffer);
    if (!known) member.resident.resident = member.resident.shared = 0;
    member.fresh = false;
    if (process.has_ended()) {
      note_end(member);
      continue;
    }
    member.gauges_known = known && !fresh;
    if (process.group() == Group::extension) {
      if (known)
        gauges.extensions_resident_bytes = gauges.extensions_resident_bytes.value_or(0) + member.resident.resident;
      continue;
    }
    if (known) {
      residents_.push_back(&member.resident);
      resident_processes_.push_back(&process);
    }
    gauges.processes = gauges.processes.value_or(0) + 1;
    gauges.threads = gauges.threads.value_or(0) + process.threads();
    if (fresh) continue;
    if (!same) {
      member.open_descriptors = open_descriptors;
      member.limit_due = true;
    }
    if (member.limit_due && (boundary || !member.descriptor_limit)) {
      member.descriptor_limit = process.descriptor_limit(buffer);
      member.limit_due = !boundary;
    }
    keep_max(gauges.open_descriptors, member.open_descriptors);
    keep_max(gauges.descriptor_limit, member.descriptor_limit);
  }
  gauges.at = clock.now().steady;
  if (!runtime_seen_) {
    gauges.processes = gauges.threads = gauges.open_descriptors = gauges.descriptor_limit = std::nullopt;
    return;
  }
  add_up_memory(gauges, boundary, began, buffer);
}

namespace {

class SmapsRollups final : public PssSource {
 public:
  SmapsRollups(std::span<const Process* const> processes, std::span<char> buffer)
      : processes_(processes), buffer_(buffer) {}

  PssReading read_pss(std::size_t index) override {
    const auto before = cpu_time_used();
    PssReading reading;
    if (const auto rollup = processes_[index]->smaps_rollup(buffer_)) {
      reading = {.outcome = PssReading::Outcome::read,
                 .resident = rollup->Rss,
                 .pss = rollup->Pss,
                 .private_dirty = rollup->Private_Dirty.value_or(0),
                 .pss_anonymous = rollup->Pss_Anon};
    } else if (!process_clock(processes_[index]->pid())) {
      reading.outcome = PssReading::Outcome::exited;
    }
    reading.cost = cpu_time_used() - before;
    cost_ += reading.cost;
    return reading;
  }
  [[nodiscard]] std::chrono::nanoseconds cost() const { return cost_; }

 private:
  std::span<const Process* const> processes_;
  std::span<char> buffer_;
  std::chrono::nanoseconds cost_{};
};

}  // namespace

// The most that the page faults which no sample saw can have made resident.
std::uint64_t ProcessSet::unseen_bytes() {
  const std::uint64_t faults = std::exchange(unseen_faults_, 0);
  if (faults == 0) return 0;
  if (!largest_fault_bytes_)
    largest_fault_bytes_ = kernel_proc_ ? read_largest_fault_bytes(units_.page_bytes) : fault_around_bytes;
  return faults * *largest_fault_bytes_;
}

void ProcessSet::add_up_memory(Gauges& gauges, bool boundary, SteadyTime began, std::span<char> buffer) {
  SmapsRollups rollups{resident_processes_, buffer};
  const ResidentSum sum = resident_memory_.update(residents_, unseen_bytes(), boundary, began, gauges.at, rollups);
  pss_cost_ += rollups.cost();
  gauges.pss_cost = pss_cost_;
  gauges.resident_bound = sum.bound;
  gauges.resident_earlier = sum.earlier;
  const bool far_apart = gauges.at - std::exchange(gauges_before_, began) > ResidentMemory::shortest_spike;
  if (residents_.empty()) return;
  gauges.resident_bytes = sum.now;
  for (auto& member : members_) {
    const ResidentProcess& resident = member.resident;
    if (member.process.group() != Group::function) continue;
    if (far_apart && member.resident_before > 0 && resident.faulted >= member.faulted_before)
      member.reach = std::max(member.reach, member.resident_before + resident.faulted - member.faulted_before);
    member.resident_before = resident.resident;
    member.faulted_before = resident.faulted;
    if (resident.resident < member.resident_max) continue;
    member.resident_max = resident.resident;
    member.together_then = sum.at_least;
  }
}

void ProcessSet::take_memory(std::vector<ProcessMemory>& memory, std::span<char> buffer) {
  memory.clear();
  if (!runtime_seen_) return;
  for (auto& member : members_) {
    Process& process = member.process;
    if (process.group() != Group::function || process.has_ended()) continue;
    memory.push_back({.pid = process.pid(),
                      .start_time = process.reading().start_time,
                      .high_water = process.high_water_bytes(buffer),
                      .resident_max = member.resident_max,
                      .together_then = member.together_then,
                      .reach = member.reach});
    member.resident_max = member.reach = 0;
  }
}

}  // namespace vitals
