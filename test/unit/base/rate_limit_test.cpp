#include "base/rate_limit.h"

#include "base/clock.h"
#include "support/catch.h"

using namespace std::chrono_literals;
using vitals::RateLimit;
using vitals::SteadyTime;

namespace {
constexpr int burst = 20;
constexpr std::chrono::seconds refill{10};
}  // namespace

TEST_CASE("a burst is let through, then one message in each period") {
  RateLimit limit{burst, refill};
  const SteadyTime start{1h};
  for (int i = 0; i < burst; ++i) CHECK(limit.admit(start));
  CHECK_FALSE(limit.admit(start));
  CHECK_FALSE(limit.admit(start + refill / 2));
  CHECK(limit.admit(start + refill));
  CHECK_FALSE(limit.admit(start + refill));
}

TEST_CASE("what was refused is reported once") {
  RateLimit limit{burst, refill};
  const SteadyTime start{1h};
  for (int i = 0; i < burst + 3; ++i) (void)limit.admit(start);
  CHECK(limit.take_refused() == 3);
  CHECK(limit.take_refused() == 0);
}

TEST_CASE("a long silence earns one burst, not more") {
  RateLimit limit{burst, refill};
  CHECK(limit.admit(SteadyTime{1h}));
  int admitted = 0;
  for (int i = 0; i < 1000; ++i) admitted += limit.admit(SteadyTime{100h}) ? 1 : 0;
  CHECK(admitted == burst);
}

TEST_CASE("milliseconds since the epoch are rounded down") {
  using vitals::WallTime;
  CHECK(vitals::epoch_ms(WallTime{1'500'999'999ns}) == 1500);
  CHECK(vitals::epoch_ms(WallTime{-1ns}) == -1);
}

TEST_CASE("the system's clock: the wall and the steady one, read together") {
  const vitals::SystemClock clock;
  const auto first = clock.now();
  const auto second = clock.now();
  CHECK(second.steady >= first.steady);
  CHECK(vitals::epoch_ms(first.wall) > 1'600'000'000'000);
}
