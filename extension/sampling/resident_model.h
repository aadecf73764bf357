// ResidentModel: estimates the memory that several processes have together, from the values of each sample. Pure.
//
// The exact answer is the sum of Pss (/proc/PID/smaps_rollup), but for that the kernel visits every page: 5 to 7 µs for
// each MB of each process. The model costs nothing beyond the sample and has a known range of error; ResidentMemory
// (sampling/resident_memory.h) corrects it with Pss if that is worth the cost.
//
// Processes that have called exec are programs of their own. Forked processes belong to the program that they were
// forked from, which the address of the stack shows: exec randomizes it, fork keeps it (/proc/PID/stat startstack). The
// model counts
//   - anonymous memory (statm resident - shared) of each program and, of its forked processes, their own part: a page
//     that a fork shares becomes a process's own by a page fault, and so does a new page. Faults on files are
//     subtracted; the kernel maps 16 pages of a file at once (fault_around_bytes in sampling/fault_size.h);
//   - files and shared memory (statm shared) of each program, and what its forked processes have in addition. Whether
//     these are the same pages in several processes is not known: once is the lower bound, each the upper bound.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>

namespace vitals {

// One process. Bytes unless noted.
struct ResidentProcess {
  pid_t pid = 0;
  pid_t ppid = 0;
  std::uint64_t resident = 0;    // /proc/PID/statm resident
  std::uint64_t shared = 0;      // /proc/PID/statm shared: files and shared memory
  std::uint64_t faulted = 0;     // /proc/PID/stat minflt, times the page size
  std::uint64_t startstack = 0;  // /proc/PID/stat startstack; 0: not known
  std::uint64_t program = 0;     // hash of the program's name

  // What the model keeps from sample to sample.
  struct Origin {
    bool known = false;
    std::uint64_t startstack = 0;
    int samples = 0;  // number of samples that saw it; the caller counts them
    bool forked = false;
    std::uint64_t own = 0;        // its own memory at the time when it had
    std::uint64_t faulted = 0;    // these faults
    std::uint64_t shared = 0;     // and these files
    std::uint64_t inherited = 0;  // its program's anonymous memory when it was forked
  } origin;

  // Results of the model for this sample.
  std::size_t program_index = 0;  // the first process of the same program
  bool same_memory = false;       // it uses its parent's memory, as between vfork and exec
  std::uint64_t copied = 0;       // page faults on anonymous memory since the fork
  std::uint64_t own = 0;          // anonymous memory that it does not share with its program's other processes
  std::uint64_t more_shared = 0;  // files and shared memory that the program's first process does not have

  [[nodiscard]] std::uint64_t anonymous() const { return resident - shared; }
};

// The memory that the processes have together, in bytes unless noted.
struct ResidentModel {
  std::uint64_t upper = 0;
  std::uint64_t lower = 0;
  std::uint64_t files_doubt = 0;  // the part of it that may be the same pages
  std::uint64_t files = 0;        // the part of `upper` that is files and shared memory
  std::uint64_t copied = 0;       // the sum of ResidentProcess::copied
  std::uint64_t forks = 0;        // count of forked processes
  std::uint64_t programs = 0;     // hash of the set of programs
  std::uint64_t program_count = 0;
  bool stable = true;  // no process was seen for the first time, and none uses its parent's memory
};

// `processes`: of one sample, parents before their children, each the same object as in the sample before.
// `page_bytes`: sysconf(_SC_PAGESIZE).
[[nodiscard]] ResidentModel model_resident(std::span<ResidentProcess* const> processes, std::uint64_t page_bytes);

}  // namespace vitals
