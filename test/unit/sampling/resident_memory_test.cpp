#include "sampling/resident_memory.h"

#include <vector>

#include "support/catch.h"

using namespace std::chrono_literals;
using namespace vitals;

namespace {

constexpr std::uint64_t page = 4096;
constexpr std::uint64_t mb = 1U << 20U;

// Processes whose Pss the test sets.
class Sandbox final : public PssSource {
 public:
  // In MB. Processes with the same `startstack` are of one program.
  void add(std::uint64_t resident, std::uint64_t shared, std::uint64_t pss, std::uint64_t startstack = 0,
           std::uint64_t faulted = 0) {
    ResidentProcess process;
    process.pid = static_cast<pid_t>(10 + processes.size());
    process.ppid = 10;
    process.resident = resident * mb;
    process.shared = shared * mb;
    process.faulted = faulted * mb;
    process.startstack = startstack != 0 ? startstack : 16 * (1 + processes.size());
    process.program = process.startstack;
    processes.push_back(process);
    pss_mb.push_back(pss);
  }
  ResidentSum sample(std::chrono::milliseconds later = 5ms, bool boundary = false) {
    now += later;
    std::vector<ResidentProcess*> pointers;
    for (auto& process : processes) pointers.push_back(&process);
    return memory.update(pointers, boundary, now, *this);
  }
  PssReading read_pss(std::size_t index) override {
    ++reads;
    spent += cost;
    return {.outcome = outcome, .pss = pss_mb[index] * mb, .private_dirty = 0, .pss_anonymous = {}, .cost = cost};
  }

  std::vector<ResidentProcess> processes;
  std::vector<std::uint64_t> pss_mb;
  PssReading::Outcome outcome = PssReading::Outcome::read;
  std::chrono::nanoseconds cost = 100us;
  std::chrono::nanoseconds spent{};
  int reads = 0;
  SteadyTime now{1h};
  ResidentMemory memory{1.0, page};
};

}  // namespace

TEST_CASE("one process: what is resident, and Pss is not read") {
  Sandbox sandbox;
  sandbox.add(100, 7, 50);
  CHECK(sandbox.sample().now == 100 * mb);
  CHECK(sandbox.sample(1h, true).now == 100 * mb);
  CHECK(sandbox.reads == 0);
}

TEST_CASE("several programs: the sum of Pss once it was read, then what they grow") {
  Sandbox sandbox;
  sandbox.add(90, 80, 50);
  sandbox.sample();
  sandbox.add(90, 80, 50);
  const auto first = sandbox.sample();
  CHECK_FALSE(first.now.has_value());
  const auto second = sandbox.sample();
  CHECK(second.now == 100 * mb);
  CHECK(second.earlier == 100 * mb);
  CHECK(sandbox.reads == 2);
  sandbox.processes[0].resident += 30 * mb;
  CHECK(sandbox.sample().now == 130 * mb);
  CHECK(sandbox.reads == 2);
}

TEST_CASE("a moment in doubt that is never resolved is a bound, not a value") {
  Sandbox sandbox;
  sandbox.add(90, 80, 50);
  CHECK(sandbox.sample().now == 90 * mb);
  sandbox.add(90, 80, 50);
  CHECK_FALSE(sandbox.sample().now.has_value());
  sandbox.processes.pop_back();
  const auto after = sandbox.sample();
  CHECK(after.now == 90 * mb);
  CHECK(after.bound == 180 * mb);
}

TEST_CASE("the same programs again need no reading") {
  Sandbox sandbox;
  sandbox.add(90, 80, 60);
  sandbox.add(50, 40, 30);
  sandbox.sample();
  CHECK(sandbox.sample().now == 90 * mb);
  const ResidentProcess second = sandbox.processes[1];
  for (int invocation = 0; invocation < 3; ++invocation) {
    sandbox.processes.pop_back();
    CHECK(sandbox.sample().now == 90 * mb);
    sandbox.processes.push_back(second);
    CHECK(sandbox.sample().now == 90 * mb);
  }
  CHECK(sandbox.reads == 2);
}

TEST_CASE("where Pss may not be read: the middle where the bounds are close, else only the upper bound") {
  Sandbox sandbox;
  sandbox.outcome = PssReading::Outcome::denied;
  sandbox.add(100, 10, 0);
  SECTION("close") {
    sandbox.add(11, 1, 0);
    sandbox.sample();
    CHECK(sandbox.sample().now == 110 * mb + mb / 2);
  }
  SECTION("far apart") {
    sandbox.add(90, 80, 0);
    sandbox.sample();
    CHECK_FALSE(sandbox.sample().now.has_value());
    CHECK(sandbox.sample(5ms, true).bound == 190 * mb);
    CHECK(sandbox.reads == 1);
  }
}

TEST_CASE("Pss that was read while processes came or went is not believed") {
  Sandbox sandbox;
  // A third process has half of their pages, and has not been seen yet.
  sandbox.add(100, 2, 34, 160);
  sandbox.add(99, 1, 33, 160);
  sandbox.sample();
  sandbox.sample();
  CHECK(sandbox.reads == 2);
  CHECK(sandbox.sample().now == 100 * mb);
}

TEST_CASE("of many forked workers some are read, and the others are like them") {
  Sandbox sandbox;
  sandbox.cost = 300us;
  sandbox.add(100, 2, 5, 160);
  for (int i = 0; i < 20; ++i) sandbox.add(99, 1, 33, 160, 30);
  sandbox.sample();
  const auto sum = sandbox.sample();
  REQUIRE(sum.now.has_value());
  CHECK(*sum.now >= 655 * mb);
  CHECK(*sum.now <= 675 * mb);
  CHECK(sandbox.reads >= 2);
  CHECK(sandbox.spent <= 2 * ResidentMemory::burst);
}

TEST_CASE("readings stay within their share, whatever changes") {
  Sandbox sandbox;
  const double share = GENERATE(1.0, 0.072);
  sandbox.memory = ResidentMemory{share, page};
  sandbox.cost = 400us;
  sandbox.add(50, 40, 30);
  sandbox.add(50, 40, 30);
  const int windows = 1000;
  for (int i = 0; i < windows; ++i) {
    sandbox.processes[1].shared = static_cast<std::uint64_t>(i % 40) * mb;
    sandbox.sample(5ms);
    sandbox.sample(5ms, true);
  }
  const double burst = share * static_cast<double>(ResidentMemory::burst.count());
  const double allowed = burst * (1.0 + static_cast<double>(windows) / ResidentMemory::windows_per_burst) +
                         share * windows * 10e6 / ResidentMemory::rate_divisor + 800e3;
  CHECK(static_cast<double>(sandbox.spent.count()) <= allowed);
  CHECK(sandbox.reads > 0);
}
