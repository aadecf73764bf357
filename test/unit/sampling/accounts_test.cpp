#include "sampling/accounts.h"

#include <cstdlib>
#include <vector>

#include "support/catch.h"

using namespace std::chrono_literals;
using namespace vitals;
using std::chrono::nanoseconds;

namespace {

constexpr pid_t init = 1;
constexpr pid_t runtime = 10;

ProcessReading process(pid_t pid, pid_t ppid, nanoseconds clock, std::uint64_t faults = 100) {
  ProcessReading reading;
  reading.pid = pid;
  reading.ppid = ppid;
  reading.start_time = 1000 + static_cast<std::uint64_t>(pid);
  reading.clock = clock;
  reading.minflt = faults;
  return reading;
}

ProcessReading common_parent(nanoseconds children = 0ns, std::uint64_t faults = 0) {
  ProcessReading reading = process(init, 0, 99s);
  reading.group = Group::init;
  reading.children_ticks = {children, 0ns};
  reading.cminflt = faults;
  return reading;
}

// The process has waited for children that used so much and had so many page faults.
ProcessReading waited(ProcessReading reading, nanoseconds children, std::uint64_t faults) {
  reading.children_ticks = {children, 0ns};
  reading.cminflt = faults;
  return reading;
}

class Looks {
 public:
  // Returns what the function has used since the look before, in ms.
  double operator()(const std::vector<ProcessReading>& readings) {
    accounts.update(readings);
    const auto function = accounts.function();
    const nanoseconds total = function ? function->cpu.total() : 0ns;
    const nanoseconds used = total - last_;
    last_ = total;
    return static_cast<double>(used.count()) / 1e6;
  }
  Accounts accounts{10ms};

 private:
  nanoseconds last_{};
};

}  // namespace

TEST_CASE("before any process was seen nothing is known") {
  Accounts accounts{10ms};
  accounts.update({});
  CHECK_FALSE(accounts.function().has_value());
  CHECK_FALSE(accounts.extensions().has_value());
}

TEST_CASE("live processes: the growth of their clocks; a new one counts with all it has used") {
  Looks look;
  CHECK(look({process(runtime, init, 50ms)}) == 50.0);
  CHECK(look({process(runtime, init, 53ms)}) == 3.0);
  CHECK(look({process(runtime, init, 54ms), process(11, runtime, 2ms)}) == 3.0);
  CHECK(look({process(runtime, init, 54ms), process(11, runtime, 2ms)}) == 0.0);
}

TEST_CASE("a process that ended and was waited for is counted once") {
  Looks look;
  look({process(runtime, init, 50ms), process(11, runtime, 400ms, 700)});
  // It used 400 ms before, 30 ms since; the parent's cutime now has all 430.
  CHECK(look({waited(process(runtime, init, 50ms), 430ms, 720)}) >= 30.0);
  const double more = look({waited(process(runtime, init, 51ms), 430ms, 720)});
  CHECK(more == 1.0);
}

TEST_CASE("a process that ended and that nobody waited for is neither lost nor counted twice") {
  Looks look;
  look({process(runtime, init, 50ms), process(11, runtime, 400ms, 700)});
  CHECK(look({process(runtime, init, 51ms)}) == 1.0);
  CHECK(look({process(runtime, init, 52ms)}) == 1.0);
  CHECK(look({process(runtime, init, 53ms)}) == 1.0);
  CHECK(look.accounts.function()->cpu.total() == 453ms);
}

TEST_CASE("page faults distinguish children that nobody waited for from the others") {
  Looks look;
  look({process(runtime, init, 0ms), process(11, runtime, 300ms, 900), process(12, runtime, 200ms, 400)});
  // Only 12 was waited for: 400 faults are in cminflt, 900 are not.
  CHECK(look({waited(process(runtime, init, 0ms), 200ms, 400)}) < 20.0);
  look({waited(process(runtime, init, 0ms), 200ms, 400)});
  const auto total = look.accounts.function()->cpu.total();
  CHECK(total >= 500ms);
  CHECK(total < 520ms);
}

TEST_CASE("room for its time alone does not mean that a child was waited for") {
  Looks look;
  look({process(runtime, init, 0ms), process(11, runtime, 300ms, 900)});
  // Others, which no look has seen, were waited for: 350 ms, but only 100 faults.
  for (int i = 0; i < 4; ++i) look({waited(process(runtime, init, 0ms), 350ms, 100)});
  CHECK(look.accounts.function()->cpu.total() >= 650ms);
}

TEST_CASE("a long child that was sampled does not change the estimate of the short ones") {
  Looks look;
  CpuTime truth;
  std::uint64_t faults = 0;
  const auto parent = [&] {
    auto reading = process(runtime, init, 0ms);
    reading.children_ticks = {truth.user / 10ms * 10ms, truth.system / 10ms * 10ms};
    reading.cminflt = faults;
    return reading;
  };
  const auto error = [&] { return std::abs((look.accounts.function()->cpu.total() - truth.total()) / 1ns); };
  const auto short_children = [&](int count) {
    for (int i = 0; i < count; ++i) {
      truth += {700us, 450us};
      faults += 60;
      if (i % 5 == 0) look({parent()});
    }
    look({parent()});
  };
  look({parent()});
  short_children(300);
  CHECK(error() < 1'000'000);
  for (int i = 0; i < 5; ++i) {
    look({parent(), process(11, runtime, 77ms, 40)});
    truth += {50ms, 27ms};
    faults += 40;
    look({parent()});
    CHECK(error() < 1'000'000);
    short_children(3);
    CHECK(error() < 1'000'000);
  }
}

TEST_CASE("the parent may have been read just before it waited: the next sample shows it") {
  Looks look;
  look({process(runtime, init, 10ms), process(11, runtime, 300ms, 900)});
  CHECK(look({process(runtime, init, 10ms)}) == 0.0);
  CHECK(look({waited(process(runtime, init, 10ms), 300ms, 900)}) < 20.0);
  CHECK(look({waited(process(runtime, init, 10ms), 300ms, 900)}) == 0.0);
}

TEST_CASE("short children that no look has seen are in the total") {
  Looks look;
  look({process(runtime, init, 10ms)});
  const double used = look({waited(process(runtime, init, 11ms), 230ms, 9000)});
  CHECK(used >= 231.0);
  CHECK(used < 251.0);
}

TEST_CASE("a parent and its child that end together are found in the common parent") {
  Looks look;
  look({common_parent(5000ms, 77), process(runtime, init, 300ms, 500), process(11, runtime, 200ms, 300)});
  const double used = look({common_parent(5510ms, 877)});
  CHECK(used >= 0.0);
  CHECK(used < 21.0);
  CHECK(look({common_parent(5510ms, 877)}) == 0.0);
  CHECK(look.accounts.function()->cpu.total() >= 500ms);
}

TEST_CASE("what the common parent used itself, or had waited for before, is not the function's") {
  Looks look;
  CHECK(look({common_parent(5000ms, 77), process(runtime, init, 3ms)}) == 3.0);
}

TEST_CASE("an extension that ends is not charged to the function") {
  Looks look;
  auto extension = process(20, init, 800ms, 600);
  extension.group = Group::extension;
  look({common_parent(), process(runtime, init, 3ms), extension});
  CHECK(look.accounts.extensions()->cpu.total() == 800ms);
  const double used = look({common_parent(800ms, 600), process(runtime, init, 3ms)});
  CHECK(used >= 0.0);
  CHECK(used < 20.0);
  CHECK(look.accounts.extensions()->cpu.total() == 800ms);
}

TEST_CASE("a process that turns out to be an extension leaves what it used so far where it was") {
  Looks look;
  look({process(runtime, init, 3ms), process(20, init, 1ms)});
  auto extension = process(20, init, 50ms);
  extension.group = Group::extension;
  CHECK(look({process(runtime, init, 3ms), extension}) == 0.0);
  CHECK(look.accounts.extensions()->cpu.total() == 49ms);
}

TEST_CASE("another process with the same pid is another process") {
  Looks look;
  look({process(runtime, init, 300ms)});
  auto other = process(runtime, init, 2ms);
  other.start_time = 99999;
  CHECK(look({other}) == 2.0);
  CHECK(look({other}) == 0.0);
}

TEST_CASE("a clock that is a moment behind takes nothing back") {
  Looks look;
  look({process(runtime, init, 300ms)});
  CHECK(look({process(runtime, init, 299ms)}) == 0.0);
  CHECK(look({process(runtime, init, 301ms)}) == 1.0);
}

TEST_CASE("without a clock the ticks are all there is") {
  Looks look;
  auto reading = process(runtime, init, 0ms);
  reading.clock.reset();
  reading.own_ticks = {30ms, 20ms};
  CHECK(look({reading}) == 50.0);
}

TEST_CASE("page faults and bytes outlive the process, and one that cannot be read leaves the bytes absent") {
  Looks look;
  auto first = process(runtime, init, 1ms);
  first.majflt = 4;
  first.io = IoBytes{1000, 2000};
  auto second = process(11, init, 1ms, 50);
  second.majflt = 3;
  second.io = IoBytes{10, 20};
  look({first, second});
  CHECK(look.accounts.function()->major_faults == 7);
  CHECK(look.accounts.function()->write_bytes == 2020U);
  for (int i = 0; i < 4; ++i) {
    look({first});
    CHECK(look.accounts.function()->major_faults == 7);
    CHECK(look.accounts.function()->read_bytes == 1010U);
    CHECK(look.accounts.function()->write_bytes == 2020U);
  }
  first.io_denied = true;
  look({first});
  CHECK_FALSE(look.accounts.function()->read_bytes.has_value());
  CHECK_FALSE(look.accounts.function()->write_bytes.has_value());
  CHECK(look.accounts.function()->major_faults == 7);
}
