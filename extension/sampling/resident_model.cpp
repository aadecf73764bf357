#include "sampling/resident_model.h"

#include <algorithm>

#include "sampling/fault_size.h"

namespace vitals {

namespace {

// Forked processes touch some pages of their program's files that its first process has not touched, the same ones in
// each. More than this is a mapping of their own.
constexpr std::uint64_t same_files = 1U << 20U;

// Until exec, which follows within a few samples, a process that was started with vfork runs in its parent's memory.
constexpr int samples_until_exec = 3;

std::uint64_t excess(std::uint64_t amount, std::uint64_t over) {
  return amount > over ? amount - over : 0;
}

void share_from_now(ResidentProcess& process) {
  process.origin.own = 0;
  process.origin.faulted = process.faulted;
  process.origin.shared = process.shared;
  process.origin.inherited = process.anonymous();
}

// The process's parent if it is of the same program, else the program's first process.
ResidentProcess& forked_from(std::span<ResidentProcess* const> processes, std::size_t child) {
  const ResidentProcess& process = *processes[child];
  for (std::size_t i = process.program_index; i < child; ++i) {
    if (processes[i]->pid == process.ppid && processes[i]->startstack == process.startstack) return *processes[i];
  }
  return *processes[process.program_index];
}

void find_origin(std::span<ResidentProcess* const> processes, std::size_t index, std::uint64_t page_bytes) {
  ResidentProcess& process = *processes[index];
  ResidentProcess::Origin& origin = process.origin;
  process.program_index = index;
  for (std::size_t i = 0; i < index && process.startstack != 0; ++i) {
    if (processes[i]->startstack != process.startstack) continue;
    process.program_index = i;
    break;
  }
  const bool renewed = !origin.known || origin.startstack != process.startstack;
  const bool forked = process.program_index != index;
  if (origin.known && renewed) origin.samples = 1;
  origin.startstack = process.startstack;
  origin.known = true;
  process.same_memory = false;
  if (!forked) {
    if (renewed) share_from_now(process);
    origin.forked = false;
    return;
  }
  ResidentProcess& parent = forked_from(processes, index);
  process.same_memory =
      origin.samples <= samples_until_exec && process.resident == parent.resident && process.shared == parent.shared;
  origin.known = !process.same_memory;
  if (renewed && !process.same_memory) {
    // What the parent had copied before is now shared with this one.
    share_from_now(parent);
    origin.faulted = origin.shared = 0;
    // The parent gets a copy of what it writes to next (at least its stack), and leaves the page to this process.
    origin.own = page_bytes;
    origin.inherited = parent.anonymous();
  }
  origin.forked = true;
}

void find_own(ResidentProcess& process, std::uint64_t page_bytes) {
  const ResidentProcess::Origin& origin = process.origin;
  const std::uint64_t file_faults = excess(process.shared, origin.shared) / fault_around_bytes * page_bytes;
  process.copied = origin.own + excess(excess(process.faulted, origin.faulted), file_faults);
  // Huge pages come with few faults, but show as growth.
  const std::uint64_t grown = excess(process.anonymous(), origin.inherited);
  process.own = std::min(std::max(process.copied, grown), process.anonymous());
}

// A program with its forked processes.
struct Program {
  std::uint64_t common = 0;  // anonymous memory that its processes share
  std::uint64_t own = 0;
  std::uint64_t doubt = 0;  // of `own`
  std::uint64_t some_files = 0;
  std::uint64_t most_files = 0;
  std::uint64_t all_files = 0;
};

Program gather(std::span<ResidentProcess* const> processes, std::size_t first, ResidentModel& model) {
  Program program;
  const std::uint64_t files = processes[first]->shared;
  const bool has_forks = std::any_of(processes.begin() + static_cast<std::ptrdiff_t>(first) + 1, processes.end(),
                                     [first](const auto* process) { return process->program_index == first; });
  for (std::size_t i = first; i < processes.size(); ++i) {
    ResidentProcess& process = *processes[i];
    if (process.program_index != first || process.same_memory) continue;
    program.common = std::max(program.common, process.anonymous() - process.own);
    program.own += process.own;
    if (!has_forks) break;
    model.copied += process.copied;
    // As many faults as pages: memory was released and allocated again, so the faults prove little.
    program.doubt += process.copied > process.anonymous() / 2 ? process.own / 2 : process.own / 16;
    // Growth without as many faults: huge pages, or memory that the parent got after its last sample and before the
    // fork.
    program.doubt += excess(process.own, process.copied);
    if (i == first) continue;
    ++model.forks;
    process.more_shared = excess(process.shared, files);
    program.most_files = std::max(program.most_files, process.more_shared);
    if (process.more_shared > same_files) {
      program.all_files += process.more_shared;
    } else {
      program.some_files = std::max(program.some_files, process.more_shared);
    }
  }
  program.most_files += files;
  program.all_files += files + program.some_files;
  return program;
}

// The sum of the mixed values is the same for the same programs in any order.
std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 31U)) * 0x9e3779b97f4a7c15U;
  return value ^ (value >> 29U);
}

}  // namespace

ResidentModel model_resident(std::span<ResidentProcess* const> processes, std::uint64_t page_bytes) {
  ResidentModel model;
  for (std::size_t i = 0; i < processes.size(); ++i) find_origin(processes, i, page_bytes);
  for (ResidentProcess* const process : processes) {
    find_own(*process, page_bytes);
    process->more_shared = 0;
    model.stable = model.stable && process->origin.samples > 1 && !process->same_memory;
  }
  std::uint64_t anonymous = 0;
  std::uint64_t doubt = 0;
  std::uint64_t files_of_one = 0;
  for (std::size_t i = 0; i < processes.size(); ++i) {
    if (processes[i]->program_index != i) continue;
    const Program program = gather(processes, i, model);
    anonymous += program.common + program.own;
    doubt += program.doubt;
    model.files += program.all_files;
    files_of_one = std::max(files_of_one, program.most_files);
    model.programs += mixed(processes[i]->program + 1);
    ++model.program_count;
  }
  if (model.program_count == 1 && model.files - files_of_one <= same_files) files_of_one = model.files;
  model.files_doubt = excess(model.files, files_of_one);
  model.upper = anonymous + model.files;
  model.lower = anonymous - std::min(doubt, anonymous) + model.files - model.files_doubt;
  return model;
}

}  // namespace vitals
