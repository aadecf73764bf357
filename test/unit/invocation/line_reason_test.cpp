#include "invocation/line_reason.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "support/catch.h"

using namespace vitals;

namespace {

// One that nobody needs to look at.
InvocationRecord usual() {
  InvocationRecord record;
  record.set_whole(Field::invocation, 2);
  record.set_flag(Field::cold_start, false);
  record.set_text(Field::status, "success");
  record.set_thousandths(Field::time_utilization, 79'999);
  record.set_whole(Field::total_memory, 128);
  record.set_thousandths(Field::memory_peak, 102'399);
  return record;
}

}  // namespace

TEST_CASE("an invocation that nobody needs to look at is not notable") {
  CHECK(notable_reason(usual()).empty());
  CHECK(notable_reason({}).empty());
}

TEST_CASE("the first invocation of a sandbox and every cold start are notable") {
  InvocationRecord record = usual();
  record.set_whole(Field::invocation, 1);
  CHECK(notable_reason(record) == "first");
  record.set_flag(Field::cold_start, true);
  CHECK(notable_reason(record) == "cold_start");
}

TEST_CASE("an invocation that did not succeed is notable") {
  for (const char* const status : {"error", "failure", "timeout"}) {
    InvocationRecord record = usual();
    record.set_text(Field::status, status);
    CHECK(notable_reason(record) == status);
  }
  InvocationRecord record = usual();
  record.set_text(Field::status, "something new");
  CHECK(notable_reason(record) == "error");
  record = usual();
  record.set_text(Field::error_type, "Function.Wrong");
  CHECK(notable_reason(record) == "error");
  record = usual();
  record.set_flag(Field::timeout, true);
  CHECK(notable_reason(record) == "timeout");
  record = usual();
  record.set_text(Field::status, "failure");
  record.set_flag(Field::out_of_memory, true);
  CHECK(notable_reason(record) == "out_of_memory");
}

TEST_CASE("the invocation that SHUTDOWN closes is notable") {
  InvocationRecord record = usual();
  record.set_text(Field::shutdown_reason, "spindown");
  CHECK(notable_reason(record) == "shutdown");
}

TEST_CASE("80 % of a limit is notable, less is not") {
  InvocationRecord record = usual();
  record.set_thousandths(Field::time_utilization, 80'000);
  CHECK(notable_reason(record) == "time_utilization");
  record = usual();
  record.set_thousandths(Field::memory_peak, 102'400);
  CHECK(notable_reason(record) == "memory_peak");
}

TEST_CASE("what is not known is not notable") {
  InvocationRecord record;
  record.set_whole(Field::invocation, 7);
  record.set_thousandths(Field::memory_peak, 102'400);
  CHECK(notable_reason(record).empty());
}

TEST_CASE("the sample is the same everywhere, and of the size that was asked for") {
  // As docs/configuration.md computes it.
  CHECK(is_in_sample("a", 4));  // 0xaf63dc4c8601ec8c
  CHECK_FALSE(is_in_sample("a", 8));
  CHECK_FALSE(is_in_sample("", 2));
  for (const std::int64_t one_in : {2, 10, 1000}) {
    std::int64_t chosen = 0;
    constexpr std::int64_t ids = 100'000;
    for (std::int64_t id = 0; id < ids; ++id) {
      if (is_in_sample("8f6a1c0e-52b7-4d19-9e3a-" + std::to_string(100'000'000'000 + id * 7919), one_in)) ++chosen;
    }
    const auto expected = static_cast<double>(ids) / static_cast<double>(one_in);
    CHECK(std::abs(static_cast<double>(chosen) - expected) < 5 * std::sqrt(expected));
  }
}
