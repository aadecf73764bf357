#include "sampling/schedule.h"

#include "support/catch.h"

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using vitals::Schedule;
using vitals::SteadyTime;

namespace {

struct Run {
  int ticks = 0;
  nanoseconds cost{};
  nanoseconds widest{};  // between two ticks of the second half
};

Run run(Schedule& schedule, nanoseconds window, nanoseconds cost) {
  const SteadyTime start{1h};
  schedule.start(start);
  Run result;
  SteadyTime last = start;
  while (schedule.next() <= start + window) {
    const SteadyTime now = schedule.next();
    REQUIRE(now > last);
    if (now - start > window / 2) result.widest = std::max(result.widest, nanoseconds{now - last});
    last = now;
    schedule.ticked(now, cost);
    ++result.ticks;
    result.cost += cost;
  }
  return result;
}

}  // namespace

TEST_CASE("auto: fine at first, then often enough for a spike of 20 ms") {
  Schedule schedule;
  const SteadyTime start{5s};
  schedule.start(start);
  CHECK(schedule.next() == start + Schedule::first_interval);
  const Run result = run(schedule, 10s, 10us);
  CHECK(result.widest <= 20ms);
  CHECK(result.ticks > 500);
}

TEST_CASE("auto: all ticks of a window together keep within the bound, whatever one costs") {
  const nanoseconds cost = GENERATE(1us, 10us, 20us, 300us, 5ms, 80ms);
  const nanoseconds window = GENERATE(nanoseconds{1ms}, nanoseconds{300ms}, nanoseconds{60s}, nanoseconds{900s});
  Schedule schedule;
  const SteadyTime learn{1s};
  schedule.start(learn);
  schedule.ticked(learn + 2ms, cost);
  schedule.ticked(learn + 4ms, cost);
  const Run result = run(schedule, window, cost);
  CHECK(result.cost <= Schedule::burst + window / Schedule::cost_divisor + cost);
}

TEST_CASE("auto: one tick that was dear does not silence the windows that follow") {
  Schedule schedule;
  const SteadyTime start{1s};
  schedule.start(start);
  schedule.ticked(start + 2ms, 30ms);
  for (int window = 0; window < 20; ++window) run(schedule, 100ms, 10us);
  CHECK(run(schedule, 100ms, 10us).ticks >= 5);
}

TEST_CASE("a fixed interval is kept, whatever it costs") {
  Schedule schedule{5ms};
  CHECK(run(schedule, 1s, 20ms).ticks == 200);
}

TEST_CASE("a fixed interval of nothing would never let anything else run") {
  Schedule schedule{0ms};
  schedule.start(SteadyTime{1s});
  CHECK(schedule.next() == SteadyTime{1s} + 1ms);
}

TEST_CASE("a clock that was moved back costs nothing") {
  Schedule schedule;
  schedule.start(SteadyTime{1s});
  schedule.ticked(SteadyTime{1s} + 2ms, -5ms);
  CHECK(schedule.next() == SteadyTime{1s} + 4ms);
}
