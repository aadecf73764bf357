#include "sampling/cpu_wait.h"

#include "support/catch.h"

namespace vitals {

using namespace std::chrono_literals;

namespace {

ProcessWait process(pid_t pid, std::optional<std::chrono::nanoseconds> waited) {
  return {.pid = pid, .start_time = 7, .children_faults = 0, .waited = waited, .exited = {}};
}

}  // namespace

TEST_CASE("what a function has waited is the sum of its processes, of one that has started since all") {
  CHECK(waited_between({process(1, 5ms)}, {process(1, 25ms)}) == 20ms);
  CHECK(waited_between({process(1, 5ms), process(2, 7ms)}, {process(2, 8ms), process(1, 5ms)}) == 1ms);
  CHECK(waited_between({process(1, 5ms)}, {process(1, 6ms), process(2, 3ms)}) == 4ms);
}

TEST_CASE("what it has waited is not known where something that may have waited has ended") {
  const std::vector<ProcessWait> from{process(1, 5ms)};
  std::vector<ProcessWait> to{process(1, 25ms)};
  REQUIRE(waited_between(from, to));
  SECTION("a process") {
    CHECK(!waited_between({process(1, 5ms), process(2, 5ms)}, to));
  }
  SECTION("a process, and another one has its pid") {
    to.front().start_time = 8;
    CHECK(!waited_between(from, to));
  }
  SECTION("a child that came and went") {
    to.front().children_faults = 1;
    CHECK(!waited_between(from, to));
  }
  SECTION("a child of one that has started since") {
    to.push_back(process(2, 3ms));
    to.back().children_faults = 1;
    CHECK(!waited_between(from, to));
  }
  SECTION("a thread") {
    to.front().exited = 40us;
    CHECK(!waited_between(from, to));
    auto before = from;
    before.front().exited = 35us;  // most of it had ended before
    CHECK(waited_between(before, to) == 20ms);
  }
}

TEST_CASE("what a function has waited is not known where a reading is missing") {
  CHECK(!waited_between({}, {process(1, 5ms)}));
  CHECK(!waited_between({process(1, 5ms)}, {}));
  CHECK(!waited_between({process(1, std::nullopt)}, {process(1, 5ms)}));
  CHECK(!waited_between({process(1, 5ms)}, {process(1, std::nullopt)}));
  CHECK(!waited_between({process(1, 5ms)}, {process(1, 4ms)}));
}

}  // namespace vitals
