#include "sampling/cpu_time.h"

#include "support/catch.h"

using namespace std::chrono_literals;
using vitals::CpuTime;
using vitals::growth;
using vitals::split;

TEST_CASE("user and system time add up to the total, whatever the ticks say") {
  const auto total = GENERATE(0ns, 1ns, 4ms, 9'999'999ns, 10ms, 25ms, 60s);
  for (const CpuTime ticks :
       {CpuTime{}, CpuTime{10ms, 0ms}, CpuTime{0ms, 10ms}, CpuTime{30ms, 70ms}, CpuTime{60s, 60s}}) {
    const CpuTime parts = split(total, ticks, 10ms);
    CHECK(parts.total() == total);
    CHECK(parts.user >= 0ns);
    CHECK(parts.system >= 0ns);
  }
}

TEST_CASE("without a whole tick it is all user time, as the kernel takes it") {
  CHECK(split(7ms, {}, 10ms) == CpuTime{7ms, 0ms});
}

TEST_CASE("the truncated part of the ticks is distributed in their proportion, less than a tick for each") {
  CHECK(split(108ms, {75ms, 25ms}, 10ms) == CpuTime{81ms, 27ms});
  // 18 ms more: all of it by proportion would give the user part more than the tick that it can have missed.
  CHECK(split(118ms, {100ms, 0ms}, 10ms) == CpuTime{110ms, 8ms});
  CHECK(split(100ms, {40ms, 60ms}, 10ms) == CpuTime{40ms, 60ms});
}

TEST_CASE("growth is that of the total; its parts stay within it") {
  CHECK(growth({10ms, 5ms}, {12ms, 9ms}) == CpuTime{2ms, 4ms});
  CHECK(growth({10ms, 5ms}, {9ms, 8ms}) == CpuTime{0ms, 2ms});   // the user part was estimated again
  CHECK(growth({10ms, 5ms}, {20ms, 4ms}) == CpuTime{9ms, 0ms});  // the system part was
  CHECK(growth({10ms, 5ms}, {10ms, 4ms}) == CpuTime{});
}
