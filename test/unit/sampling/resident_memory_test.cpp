#include "sampling/resident_memory.h"

#include <utility>
#include <vector>

#include "support/catch.h"

using namespace std::chrono_literals;
using namespace vitals;
using std::chrono::nanoseconds;

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
    return memory.update(pointers, std::exchange(unseen, 0) * mb, boundary, now, now + std::exchange(taken, 0ms),
                         *this);
  }
  PssReading read_pss(std::size_t index) override {
    ++reads;
    spent += cost;
    return {.outcome = outcome,
            .resident = processes[index].resident + growing * mb,
            .pss = pss_mb[index] * mb,
            .private_dirty = 0,
            .pss_anonymous = {},
            .cost = cost};
  }

  std::vector<ResidentProcess> processes;
  std::vector<std::uint64_t> pss_mb;
  PssReading::Outcome outcome = PssReading::Outcome::read;
  std::chrono::nanoseconds cost = 100us;
  std::chrono::nanoseconds spent{};
  int reads = 0;
  std::uint64_t unseen = 0;   // MB
  std::uint64_t growing = 0;  // MB that each has got by the time that it is read
  SteadyTime now{1h};
  std::chrono::milliseconds taken{};  // by the next sample
  ResidentMemory memory{false, page};
  Sandbox() { memory.allow(6ms); }
};

}  // namespace

TEST_CASE("one process: its resident memory, without reading Pss") {
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

TEST_CASE("Pss that was read while processes came or went is not used") {
  Sandbox sandbox;
  // A third process has half of their pages, and has not been seen yet.
  sandbox.add(100, 2, 34, 160);
  sandbox.add(99, 1, 33, 160);
  sandbox.sample();
  sandbox.sample();
  CHECK(sandbox.reads == 2);
  CHECK(sandbox.sample().now == 100 * mb + page);
}

TEST_CASE("forked workers of which only some have mapped a file are not like each other") {
  Sandbox sandbox;
  sandbox.cost = 300us;
  sandbox.add(100, 2, 5, 160);
  for (int i = 0; i < 20; ++i) sandbox.add(i % 2 == 0 ? 99 : 159, i % 2 == 0 ? 1 : 61, 5, 160);
  sandbox.sample();
  CHECK_FALSE(sandbox.sample(200ms, true).now.has_value());
  CHECK(sandbox.reads > 0);
}

TEST_CASE("Pss that was read while a worker was there that had not been seen yet is not used for long") {
  Sandbox sandbox;
  sandbox.add(100, 2, 34, 160);
  sandbox.add(99, 1, 33, 160, 20);
  sandbox.sample();
  sandbox.sample(100ms, true);
  REQUIRE(sandbox.reads == 2);
  sandbox.add(99, 1, 33, 160, 20);
  CHECK(sandbox.sample().now.value_or(0) >= 138 * mb);
}

TEST_CASE("Pss that was read while memory grew is not used") {
  Sandbox sandbox;
  sandbox.add(90, 80, 90);
  sandbox.add(90, 80, 50);
  sandbox.growing = 1;
  sandbox.sample();
  CHECK_FALSE(sandbox.sample().now.has_value());
  REQUIRE(sandbox.reads == 2);
  sandbox.growing = 0;
  sandbox.pss_mb[0] = 50;
  CHECK(sandbox.sample(100ms, true).now == 100 * mb);
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
  CHECK(sandbox.spent <= 6ms);
}

TEST_CASE("readings cost no more than is allowed, whatever changes") {
  Sandbox sandbox;
  const auto allowed = GENERATE(nanoseconds{0}, nanoseconds{300us}, nanoseconds{2ms});
  sandbox.memory.allow(allowed);
  sandbox.cost = 100us;
  sandbox.add(5, 4, 3);
  sandbox.add(5, 4, 3);
  for (int i = 0; i < 1000; ++i) {
    sandbox.processes[1].shared = sandbox.processes[1].resident = static_cast<std::uint64_t>(5 + i % 40) * mb;
    sandbox.sample(5ms);
    sandbox.sample(5ms, true);
  }
  // What a reading will cost is an estimate from the ones before.
  CHECK(sandbox.spent <= allowed + 100us);
  CHECK((sandbox.reads > 0) == (allowed > 0ns));
}

TEST_CASE("the same programs are found denied once only, and others are not forgotten for it") {
  Sandbox sandbox;
  sandbox.add(90, 80, 60);
  sandbox.add(50, 40, 30);
  sandbox.sample();
  REQUIRE(sandbox.sample().now == 90 * mb);
  sandbox.add(50, 40, 30);
  sandbox.outcome = PssReading::Outcome::denied;
  for (int i = 0; i < 20; ++i) {
    sandbox.processes[2].resident += 5 * mb;
    sandbox.sample(200ms, true);
  }
  sandbox.processes.pop_back();
  CHECK(sandbox.sample().now == 90 * mb);
}

TEST_CASE("guessing: the middle of the possible range, if Pss cannot be read") {
  Sandbox sandbox;
  sandbox.memory = ResidentMemory{true, page};
  sandbox.memory.allow(1s);
  sandbox.add(100, 10, 90);
  sandbox.add(90, 80, 50);
  SECTION("it may be read") {
    sandbox.sample();
    CHECK(sandbox.sample().now == 140 * mb);
  }
  SECTION("it may not") {
    sandbox.outcome = PssReading::Outcome::denied;
    CHECK(sandbox.sample().now == 185 * mb);
    CHECK_FALSE(sandbox.sample(1s, true).bound.has_value());
  }
}

TEST_CASE("processes that came and went between two samples are a bound by their page faults") {
  Sandbox sandbox;
  sandbox.add(60, 5, 50);
  sandbox.sample();
  sandbox.unseen = 200;
  SECTION("far apart") {
    CHECK(sandbox.sample(300ms).bound == 260 * mb);
    CHECK_FALSE(sandbox.sample(300ms).bound.has_value());
  }
  SECTION("beside the larger of the two samples") {
    sandbox.processes[0].resident = 20 * mb;
    CHECK(sandbox.sample(300ms).bound == 260 * mb);
  }
  SECTION("as close as a spike that is promised to be seen: it was shorter") {
    CHECK_FALSE(sandbox.sample(20ms).bound.has_value());
  }
  SECTION("as close, but this process had to wait while it read them") {
    sandbox.taken = 300ms;
    CHECK(sandbox.sample(20ms).bound == 260 * mb);
  }
  SECTION("as close, but this process had to wait while it read the first") {
    sandbox.unseen = 0;
    sandbox.taken = 300ms;
    sandbox.sample(20ms);
    sandbox.unseen = 200;
    CHECK(sandbox.sample(301ms).bound == 260 * mb);
  }
}
