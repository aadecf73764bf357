#include "sampling/shared_memory.h"

#include <vector>

#include "support/catch.h"

using vitals::resident_together;
using vitals::ResidentParts;

namespace {

constexpr std::uint64_t stack = 0x7ffc00000000;

ResidentParts process(std::uint64_t anonymous, std::uint64_t shared, std::uint64_t startstack, std::uint64_t faulted) {
  return {.anonymous = anonymous,
          .first_anonymous = anonymous,
          .shared = shared,
          .faulted = faulted,
          .startstack = startstack};
}

}  // namespace

TEST_CASE("one process has all that is resident") {
  CHECK(resident_together(std::vector{process(100, 7, stack, 100)}) == 107);
  CHECK(resident_together({}) == 0);
}

TEST_CASE("separate programs add up, but for files and shared memory") {
  CHECK(resident_together(std::vector{process(100, 7, stack, 100), process(50, 9, stack + 16, 60)}) == 159);
}

TEST_CASE("forked workers add what their page faults made their own") {
  CHECK(resident_together(
            std::vector{process(100, 7, stack, 500), process(100, 7, stack, 3), process(100, 7, stack, 5)}) == 115);
}

TEST_CASE("a forked worker has no more than is resident") {
  CHECK(resident_together(std::vector{process(100, 0, stack, 500), process(20, 0, stack, 9000)}) == 120);
}

TEST_CASE("huge pages come with few faults, so growth counts, too") {
  ResidentParts worker = process(300, 0, stack, 3);
  CHECK(resident_together(std::vector{process(100, 0, stack, 500), worker}) == 300);
  worker.first_anonymous = 10;
  CHECK(resident_together(std::vector{process(100, 0, stack, 500), worker}) == 390);
}

TEST_CASE("when the one it was forked from has ended, its memory is its own") {
  CHECK(resident_together(std::vector{process(100, 7, stack, 3)}) == 107);
}

TEST_CASE("an unknown stack tells nothing") {
  CHECK(resident_together(std::vector{process(100, 0, 0, 3), process(100, 0, 0, 3)}) == 200);
}
