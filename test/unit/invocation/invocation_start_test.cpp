#include "invocation/invocation_start.h"

#include "invocation/function_timeout.h"
#include "support/catch.h"
#include "support/history.h"

using namespace std::chrono_literals;
using namespace vitals::test;
using std::chrono::nanoseconds;

namespace {

// The timeout as INVOKEs and starts show it, and how late each INVOKE is.
struct Sandbox {
  vitals::FunctionTimeout timeout;

  nanoseconds lateness(const std::optional<vitals::WallTime>& deadline, const vitals::TimePoint& arrived,
                       nanoseconds since_last) {
    timeout.on_invoke(deadline, arrived, since_last);
    return vitals::lateness(timeout.estimate(), deadline, arrived, since_last);
  }
};

// An INVOKE of a function with a timeout of 3 s that started at `started` ms and arrived at `arrived` ms.
nanoseconds lateness(Sandbox& sandbox, std::int64_t started, std::int64_t arrived, nanoseconds since_last = 900ms) {
  return sandbox.lateness(at_ms(started + 3000).wall, at_ms(arrived), since_last);
}

}  // namespace

TEST_CASE("a timeout is a whole number of seconds, so the first deadline already shows how late INVOKE is") {
  Sandbox sandbox;
  CHECK(lateness(sandbox, 0, 0) == 0ms);
  CHECK(lateness(sandbox, 5000, 5150) == 150ms);
}

TEST_CASE("later than a second is known once the timeout is") {
  Sandbox sandbox;
  CHECK(lateness(sandbox, 0, 12) == 12ms);
  CHECK(lateness(sandbox, 5000, 7500, 5s) == 2500ms);
}

TEST_CASE("platform.start has the start itself: a timeout in fractions of a second is known, too") {
  Sandbox sandbox;
  CHECK(sandbox.lateness(at_ms(500).wall, at_ms(1), 900ms) == 501ms);
  sandbox.timeout.on_own_start(at_ms(500).wall, at_ms(0).wall);
  CHECK(sandbox.lateness(at_ms(10'500).wall, at_ms(10'001), 1h) == 1ms);
}

TEST_CASE("an impossible lateness is 0") {
  Sandbox sandbox;
  CHECK(sandbox.lateness(std::nullopt, at_ms(0), 1h) == 0ms);
  REQUIRE(lateness(sandbox, 0, 0) == 0ms);
  SECTION("an emulator counts an init of 1.5 s in, and the next deadline shows the timeout") {
    Sandbox other;
    CHECK(lateness(other, 0, 1500, 1450ms) == 0ms);
    CHECK(lateness(other, 5000, 5100, 3s) == 100ms);
  }
  SECTION("the wall clock is behind, as after a thaw") CHECK(lateness(sandbox, 60'000, 1000) == 0ms);
  SECTION("the wall clock is ahead of the deadline") CHECK(lateness(sandbox, 0, 3001) == 0ms);
  SECTION("before the event was asked for") CHECK(lateness(sandbox, 5000, 5070, 50ms) == 0ms);
  SECTION("a deadline that no function has") CHECK(sandbox.lateness(at_ms(86'400'000).wall, at_ms(0), 1h) == 0ms);
}

TEST_CASE("how long the function may have run before: the wait for the CPU, and what truncated times do not explain") {
  using vitals::head_start;
  CHECK(head_start(0ms, 0ms) == 0ms);
  CHECK(head_start(1ms, 0ms) == 0ms);
  CHECK(head_start(0ms, 3ms) == 3ms);
  CHECK(head_start(4ms, 3ms) == 3ms);
  CHECK(head_start(10ms, 3ms) == 9ms);
}

TEST_CASE("the CPU time at risk: of all CPUs that the threads can use, or what the quota allows") {
  using vitals::cpu_at_risk;
  CHECK(cpu_at_risk(-5ms, 1, 2, 2) == 0ms);
  CHECK(cpu_at_risk(10ms, 1, 2, 2) == 10ms);
  CHECK(cpu_at_risk(10ms, 8, 2, 2) == 20ms);
  CHECK(cpu_at_risk(30ms, 8, 2, 0.1) == 5ms);
}
