#include "emf/numbers.h"

#include <array>
#include <cstdint>
#include <limits>
#include <string>

#include "support/catch.h"

using namespace vitals::emf;

namespace {

using Write = char* (*)(char*, std::int64_t);

std::string written(Write write, std::int64_t number) {
  std::array<char, 64> buffer;
  buffer.fill('~');
  char* const end = write(buffer.data(), number);
  CHECK(*end == '~');  // nothing is written beyond the end
  return {buffer.data(), end};
}

struct Case {
  std::int64_t number;
  const char* text;
};

constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
constexpr auto highest = std::numeric_limits<std::int64_t>::max();

}  // namespace

TEST_CASE("whole numbers") {
  const auto [number, text] = GENERATE(values<Case>({{0, "0"},
                                                     {7, "7"},
                                                     {10, "10"},
                                                     {1048576, "1048576"},
                                                     {-1, "-1"},
                                                     {highest, "9223372036854775807"},
                                                     {lowest, "-9223372036854775808"}}));
  CHECK(written(&write_whole, number) == text);
  CHECK(width_of_whole(number) == std::string{text}.size());
}

TEST_CASE("thousandths are written in their shortest form") {
  const auto [number, text] = GENERATE(values<Case>({{0, "0"},
                                                     {1, "0.001"},
                                                     {10, "0.01"},
                                                     {100, "0.1"},
                                                     {120, "0.12"},
                                                     {12'000, "12"},
                                                     {12'500, "12.5"},
                                                     {12'050, "12.05"},
                                                     {12'005, "12.005"},
                                                     {999'999, "999.999"},
                                                     {-1, "-0.001"},
                                                     {-12'500, "-12.5"},
                                                     {-3'000, "-3"},
                                                     {highest, "9223372036854775.807"},
                                                     {lowest, "-9223372036854775.808"}}));
  CHECK(width_of_thousandths(number) == std::string{text}.size());
  CHECK(written(&write_thousandths, number) == text);
}

TEST_CASE("times are written as RFC 3339 in UTC, with milliseconds") {
  const auto [time_ms, text] = GENERATE(values<Case>({{0, "1970-01-01T00:00:00.000Z"},
                                                      {1, "1970-01-01T00:00:00.001Z"},
                                                      {951'782'400'000, "2000-02-29T00:00:00.000Z"},
                                                      {1'605'034'324'256, "2020-11-10T18:52:04.256Z"},
                                                      {1'735'689'599'999, "2024-12-31T23:59:59.999Z"},
                                                      {1'735'689'600'000, "2025-01-01T00:00:00.000Z"},
                                                      {4'107'542'399'050, "2100-02-28T23:59:59.050Z"},
                                                      {latest_time_ms, "9999-12-31T23:59:59.999Z"}}));
  CHECK(written(&write_rfc3339, time_ms) == text);
}

TEST_CASE("no number is longer than its longest") {
  CHECK(written(&write_whole, lowest).size() == longest_whole);
  CHECK(written(&write_thousandths, lowest).size() == longest_thousandths);
  CHECK(written(&write_rfc3339, latest_time_ms).size() == longest_rfc3339);
}
