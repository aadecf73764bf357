#include "sampling/children_time.h"

#include <cmath>
#include <cstdlib>

#include "support/catch.h"

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using vitals::ChildrenTime;

namespace {

constexpr nanoseconds tick = 10ms;

// What the kernel shows of the children: user and system time, each cut off to a tick.
struct Kernel {
  nanoseconds user{};
  nanoseconds system{};
  std::uint64_t faults = 0;

  void reap(nanoseconds user_time, nanoseconds system_time, std::uint64_t page_faults) {
    user += user_time;
    system += system_time;
    faults += page_faults;
  }
  [[nodiscard]] nanoseconds low() const { return user / tick * tick + system / tick * tick; }
  [[nodiscard]] nanoseconds high() const { return faults == 0 ? low() : low() + 2 * tick; }
  nanoseconds look(ChildrenTime& time) const { return time.update(faults, low(), high(), 0ns); }
};

double off_ms(nanoseconds estimate, const Kernel& kernel) {
  return std::abs(static_cast<double>((estimate - kernel.user - kernel.system).count())) / 1e6;
}

}  // namespace

TEST_CASE("no children, no time") {
  ChildrenTime time;
  CHECK(Kernel{}.look(time) == 0ns);
  CHECK(Kernel{}.look(time) == 0ns);
}

TEST_CASE("short children of one kind are exact to a fraction of the tick after some samples") {
  Kernel kernel;
  ChildrenTime time;
  kernel.look(time);
  nanoseconds estimate{};
  for (int child = 0; child < 400; ++child) {
    kernel.reap(700us, 450us, 60);
    if (child % 7 != 0) continue;
    estimate = kernel.look(time);
    CHECK(off_ms(estimate, kernel) <= 20);
    if (child > 200) CHECK(off_ms(estimate, kernel) < 1.0);
  }
}

TEST_CASE("one short child in each window is exact, too, once its kind is known") {
  Kernel kernel;
  ChildrenTime time;
  kernel.look(time);
  for (int window = 0; window < 60; ++window) {
    const nanoseconds before = time.estimate();
    kernel.reap(2300us, 900us, 130);
    const nanoseconds used = kernel.look(time) - before;
    if (window > 30) CHECK(std::abs(static_cast<double>((used - 3200us).count())) < 1e6);
  }
}

TEST_CASE("children of changing kinds never take it farther than the staircase allows") {
  Kernel kernel;
  ChildrenTime time;
  unsigned random = 12345;
  nanoseconds last{};
  for (int child = 0; child < 3000; ++child) {
    random = random * 1103515245U + 12345U;
    kernel.reap(nanoseconds{random % 3'000'000U}, nanoseconds{random % 1'700'000U}, 20 + random % 500U);
    if (child % 3 != 0) continue;
    const nanoseconds estimate = kernel.look(time);
    CHECK(estimate >= kernel.low());
    CHECK(estimate <= kernel.high());
    CHECK(estimate >= last);
    last = estimate;
  }
}

TEST_CASE("the rest of a child that was seen almost to its end is not blown up to a tick") {
  ChildrenTime time;
  time.update(0, 0ns, 0ns, 0ns);
  // 100.4 ms were seen of it; the staircase leaves room for 19.6 ms more, its 5 faults since then do not.
  CHECK(time.update(5, 0ns, 19'600us, 0ns) < 1ms);
}

TEST_CASE("what short children are known to have used is in the estimate at once") {
  ChildrenTime time;
  time.update(0, 0ns, 0ns, 0ns);
  CHECK(time.update(30, 0ns, 20ms, 4ms) >= 4ms);
  CHECK(time.update(60, 0ns, 20ms, 4ms) >= 8ms);
}
