#include "record/invocation_record.h"

#include <chrono>
#include <cstdint>
#include <limits>

#include "support/catch.h"

using namespace vitals;
using namespace std::chrono_literals;

namespace {

std::int64_t number(const InvocationRecord& record, Field field) {
  return std::get<std::int64_t>(record.get(field));
}

}  // namespace

TEST_CASE("a field that was not set is absent, which is not zero") {
  InvocationRecord record;
  for (const FieldInfo& row : catalogue) CHECK_FALSE(record.has(row.field));

  record.set_whole(Field::rx_bytes, 0);
  record.set_thousandths(Field::duration, 0);
  record.set_flag(Field::cold_start, false);
  CHECK(record.has(Field::rx_bytes));
  CHECK(record.has(Field::duration));
  CHECK(record.has(Field::cold_start));
  CHECK_FALSE(record.has(Field::tx_bytes));
}

TEST_CASE("an empty text is absent") {
  InvocationRecord record;
  record.set_text(Field::version, "");
  CHECK_FALSE(record.has(Field::version));
  record.set_text(Field::version, "Blue");
  CHECK(std::get<std::string_view>(record.get(Field::version)) == "Blue");
}

TEST_CASE("a duration is kept to the microsecond, rounded down") {
  InvocationRecord record;
  record.set_duration(Field::duration, 1ms);
  CHECK(number(record, Field::duration) == 1000);
  record.set_duration(Field::duration, 999ns);
  CHECK(number(record, Field::duration) == 0);
  record.set_duration(Field::duration, 15min + 1999ns);
  CHECK(number(record, Field::duration) == 900'000'001);
}

TEST_CASE("bytes become megabytes of 2^20, to the nearest thousandth") {
  InvocationRecord record;
  struct Case {
    std::int64_t bytes;
    std::int64_t thousandths;
  };
  const auto [bytes, thousandths] = GENERATE(values<Case>({{0, 0},
                                                           {1'048'576, 1000},
                                                           {524'288, 500},
                                                           {524, 0},
                                                           {525, 1},
                                                           {10'240LL * 1'048'576, 10'240'000},
                                                           {std::int64_t{1} << 53, 8'589'934'592'000}}));
  record.set_megabytes(Field::memory_peak, bytes);
  CHECK(number(record, Field::memory_peak) == thousandths);
}
