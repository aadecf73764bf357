#include "record/summary.h"

#include <string>
#include <vector>

#include "support/catch.h"

using namespace vitals;

namespace {

FieldSet set_of(std::initializer_list<Field> fields) {
  FieldSet set;
  for (const Field field : fields) set.set(field);
  return set;
}

constexpr std::int64_t start_ms = 1'700'000'040'000;  // of a minute

InvocationRecord record(std::int64_t after_ms = 0, std::int64_t duration = 1'500) {
  InvocationRecord record;
  record.timestamp_ms = start_ms + after_ms;
  record.set_text(Field::function_name, "f");
  record.set_thousandths(Field::duration, duration);
  return record;
}

Summary summary() {
  return {set_of({Field::function_name, Field::version}), set_of({Field::duration, Field::rx_bytes})};
}

std::vector<std::int64_t> values(const Summary& summary, Field field) {
  const auto span = summary.values(field);
  return {span.begin(), span.end()};
}

std::int64_t number(const InvocationRecord& record, Field field) {
  const auto* value = std::get_if<std::int64_t>(&record.get(field));
  return value == nullptr ? -1 : *value;
}

using Values = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("a summary has each metric's values, in order, as many as there were") {
  Summary sum = summary();
  CHECK(sum.empty());
  InvocationRecord with_bytes = record(1, 20);
  with_bytes.set_whole(Field::rx_bytes, 7);
  sum.add(record());
  sum.add(with_bytes);
  sum.add(record(2, 10));
  CHECK(values(sum, Field::duration) == Values{1'500, 20, 10});
  CHECK(values(sum, Field::rx_bytes) == Values{7});
  CHECK(values(sum, Field::tx_bytes).empty());
  CHECK(sum.metrics() == set_of({Field::duration, Field::rx_bytes}));
  CHECK(number(sum.head(), Field::invocations) == 3);
}

TEST_CASE("a summary begins at the start of its first invocation") {
  Summary sum = summary();
  sum.add(record(500));
  sum.add(record(100));
  sum.add(record(700));
  CHECK(sum.head().timestamp_ms == start_ms + 100);
  CHECK(number(sum.head(), Field::interval) == 600'000);  // thousandths of ms
  CHECK(sum.minute() == start_ms / 60'000);
}

TEST_CASE("what is of another minute, or has other strings, is of another summary") {
  Summary sum = summary();
  sum.add(record(500));
  CHECK(sum.is_like(record()));
  CHECK(sum.is_like(record(59'999)));
  CHECK_FALSE(sum.is_like(record(60'000)));
  CHECK_FALSE(sum.is_like(record(-1)));
  InvocationRecord other = record();
  other.set_text(Field::version, "live");
  CHECK_FALSE(sum.is_like(other));
  other = record();
  other.set_text(Field::function_name, "g");
  CHECK_FALSE(sum.is_like(other));
  other = record();
  other.set_text(Field::status, "error");  // not among its strings
  CHECK(sum.is_like(other));
}

TEST_CASE("a summary has copies of its strings") {
  Summary sum = summary();
  {
    const std::string name(200, 'n');
    InvocationRecord first = record();
    first.set_text(Field::function_name, name);
    sum.add(first);
  }
  CHECK(std::get<std::string_view>(sum.head().get(Field::function_name)) == std::string(200, 'n'));
}

TEST_CASE("an array takes 100 values") {
  Summary sum = summary();
  InvocationRecord without;
  without.timestamp_ms = start_ms;
  without.set_text(Field::function_name, "f");
  for (std::size_t count = 0; count < Summary::most_values; ++count) {
    CHECK(sum.has_room(record()));
    sum.add(record());
  }
  CHECK_FALSE(sum.has_room(record()));
  CHECK(sum.has_room(without));
  sum.clear();
  CHECK(sum.empty());
  CHECK(sum.has_room(record()));
  CHECK(values(sum, Field::duration).empty());
}

TEST_CASE("a summary adds up what is billed, and no more than it has place for") {
  Summary sum = summary();
  InvocationRecord billed = record();
  billed.set_thousandths(Field::billed_duration, 2'000);
  billed.set_whole(Field::billed_mb_ms, 256);
  sum.add(billed);
  sum.add(billed);
  sum.add(record());
  CHECK(number(sum.head(), Field::billed_duration) == 4'000);
  CHECK(number(sum.head(), Field::billed_mb_ms) == 512);
  billed.set_whole(Field::billed_mb_ms, Summary::most_billed_mb_ms);
  CHECK_FALSE(sum.has_room(billed));
  sum.clear();
  sum.add(record());
  CHECK_FALSE(sum.head().has(Field::billed_duration));
}

TEST_CASE("outcomes are counted if they are known of every invocation") {
  Summary sum = summary();
  const auto with_status = [](std::string_view status) {
    InvocationRecord ended = record();
    ended.set_text(Field::status, status);
    return ended;
  };
  for (const char* const status : {"success", "error", "failure", "timeout", "success"}) sum.add(with_status(status));
  CHECK(number(sum.head(), Field::errors) == 2);
  CHECK(number(sum.head(), Field::timeouts) == 1);
  CHECK(number(sum.head(), Field::cold_starts) == 0);
  InvocationRecord cold = record();
  cold.set_flag(Field::cold_start, true);
  sum.add(cold);
  CHECK_FALSE(sum.head().has(Field::errors));
  CHECK_FALSE(sum.head().has(Field::timeouts));
  CHECK(number(sum.head(), Field::cold_starts) == 1);
}

TEST_CASE("the minute of a time, also before 1970") {
  CHECK(minute_of(0) == 0);
  CHECK(minute_of(59'999) == 0);
  CHECK(minute_of(60'000) == 1);
  CHECK(minute_of(-1) == -1);
  CHECK(minute_of(-60'000) == -1);
  CHECK(minute_of(-60'001) == -2);
}
