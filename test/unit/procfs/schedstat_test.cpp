#include "procfs/schedstat.h"

#include <string>

#include "support/catch.h"

using vitals::procfs::parse_schedstat;

TEST_CASE("schedstat: what a thread has run and waited") {
  const auto stat = parse_schedstat("30512345 389612345 17\n");
  REQUIRE(stat.has_value());
  CHECK(stat->ran.count() == 30'512'345);
  CHECK(stat->waited.count() == 389'612'345);
}

TEST_CASE("schedstat: anything else is an error") {
  const std::string text = GENERATE(as<std::string>{}, "", "\n", "1 2\n", "1 2 3", "1 2 3 4\n", "1 -2 3\n",
                                    "1 18446744073709551615 3\n", "a b c\n");
  CHECK_FALSE(parse_schedstat(text).has_value());
}
