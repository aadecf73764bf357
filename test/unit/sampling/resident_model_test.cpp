#include "sampling/resident_model.h"

#include <vector>

#include "support/catch.h"

using namespace vitals;

namespace {

constexpr std::uint64_t page = 4096;
constexpr std::uint64_t mb = 1U << 20U;
constexpr std::uint64_t stack = 0x7ffc00000000;

// `resident`, `shared` and `faulted` in MB.
ResidentProcess process(pid_t pid, std::uint64_t resident, std::uint64_t shared, std::uint64_t faulted,
                        std::uint64_t startstack, pid_t ppid = 1) {
  ResidentProcess process;
  process.pid = pid;
  process.ppid = ppid;
  process.resident = resident * mb;
  process.shared = shared * mb;
  process.faulted = faulted * mb;
  process.startstack = startstack;
  process.program = static_cast<std::uint64_t>(pid);
  return process;
}

ResidentModel model(std::vector<ResidentProcess>& processes) {
  std::vector<ResidentProcess*> pointers;
  for (auto& each : processes) {
    ++each.origin.samples;
    pointers.push_back(&each);
  }
  return model_resident(pointers, page);
}

}  // namespace

TEST_CASE("one process has all that is resident") {
  std::vector processes{process(10, 107, 7, 100, stack)};
  const auto one = model(processes);
  CHECK(one.upper == 107 * mb);
  CHECK(one.lower == 107 * mb);
  processes.clear();
  CHECK(model(processes).upper == 0);
}

TEST_CASE("of different programs the files may be the same or not") {
  std::vector processes{process(10, 107, 7, 100, stack), process(11, 59, 9, 60, stack + 16)};
  const auto two = model(processes);
  CHECK(two.upper == 166 * mb);
  CHECK(two.lower == 159 * mb);
  CHECK(two.program_count == 2);
}

TEST_CASE("forked workers add what their page faults made their own") {
  std::vector processes{process(10, 107, 7, 500, stack), process(11, 107, 7, 3, stack, 10),
                        process(12, 107, 7, 5, stack, 10)};
  for (auto& each : processes) each.origin.samples = 10;
  const auto several = model(processes);
  // Of 7 MB of files they take 112 faults of 64 KB.
  CHECK(several.upper == 107 * mb + 3 * mb + 5 * mb - 2 * 111 * page);
  CHECK(several.forks == 2);
  CHECK(several.files_doubt == 0);
}

TEST_CASE("a forked worker has no more than is resident, and memory that came back says little") {
  std::vector processes{process(10, 100, 0, 500, stack), process(11, 20, 0, 9000, stack, 10)};
  const auto several = model(processes);
  CHECK(several.upper == 120 * mb);
  CHECK(several.lower == 110 * mb);
}

TEST_CASE("huge pages come with few faults, so growth counts, too") {
  std::vector processes{process(10, 100, 0, 500, stack), process(11, 100, 0, 0, stack, 10)};
  CHECK(model(processes).upper == 100 * mb);
  processes[1].resident = 390 * mb;
  CHECK(model(processes).upper == 390 * mb);
}

TEST_CASE("what the parent writes after the fork is its own; a later fork shares it") {
  std::vector processes{process(10, 100, 0, 500, stack), process(11, 99, 0, 0, stack, 10)};
  model(processes);
  processes[0].faulted += 30 * mb;
  CHECK(model(processes).upper == 129 * mb);
  processes.push_back(process(12, 99, 0, 0, stack, 10));
  CHECK(model(processes).upper == 100 * mb + 2 * page);
}

TEST_CASE("more files than the program's first process has: of small amounts the same, of large ones in doubt") {
  std::vector processes{process(10, 12, 2, 10, stack), process(11, 90, 80, 0, stack, 10),
                        process(12, 90, 80, 0, stack, 10)};
  for (auto& each : processes) each.origin.samples = 10;
  CHECK(model(processes).upper == 168 * mb + 2 * page);
  CHECK(model(processes).files_doubt == 78 * mb);
  processes[1].resident = processes[2].resident = 13 * mb;
  processes[1].shared = processes[2].shared = 3 * mb;
  CHECK(model(processes).upper == 13 * mb + 2 * page);
  CHECK(model(processes).files_doubt == 0);
}

TEST_CASE("between vfork and exec a process has its parent's memory itself") {
  std::vector processes{process(10, 107, 7, 500, stack), process(11, 107, 7, 0, stack, 10)};
  auto two = model(processes);
  CHECK(two.upper == 107 * mb);
  CHECK(two.forks == 0);
  CHECK_FALSE(two.stable);
  processes[1] = process(11, 20, 3, 1, stack + 64, 10);
  two = model(processes);
  CHECK(two.upper == 127 * mb);
  CHECK(two.program_count == 2);
}

TEST_CASE("when the process that it was forked from has exited, its memory is its own") {
  std::vector processes{process(11, 107, 7, 3, stack, 10)};
  CHECK(model(processes).upper == 107 * mb);
}

TEST_CASE("where the stack is not known, every process is a program") {
  std::vector processes{process(10, 100, 0, 3, 0), process(11, 100, 0, 3, 0, 10)};
  CHECK(model(processes).upper == 200 * mb);
}
