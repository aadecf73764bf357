#include "procfs/machine_stat.h"

#include <string>

#include "support/catch.h"

using namespace vitals;
using namespace vitals::procfs;

TEST_CASE("steal is the eighth time of all CPUs") {
  CHECK(*parse_steal("cpu  1 2 3 4 5 6 7 88 9 10\ncpu0 0 0 0 0 0 0 0 44 0 0\nintr 5\n") == 88);
  CHECK(*parse_steal("cpu  1 2 3 4 5 6 7 88\n") == 88);
}

TEST_CASE("a host that does not report steal is not one that takes nothing") {
  const auto steal = parse_steal("cpu  1 2 3 4 5 6 7 0 9 10\n");
  REQUIRE_FALSE(steal.has_value());
  CHECK(steal.error().code == ErrorCode::missing);
}

TEST_CASE("a /proc/stat that is wrong, truncated or too old") {
  const std::string text = GENERATE(as<std::string>{}, "", "\n", "cpu  1 2 3 4 5 6 7 88", "cpu  1 2 3 4 5 6 7\n",
                                    "cpu0 1 2 3 4 5 6 7 88 0\n", "cpu  1 2 3 4 5 6 7 x\n",
                                    "cpu  1 2 3 4 5 6 7 -8 0 0\n", "cpu  1 2 3 4 5 6 7 18446744073709551615 0 0\n");
  const auto steal = parse_steal(text);
  REQUIRE_FALSE(steal.has_value());
  CHECK(steal.error().code == ErrorCode::malformed);
}
