#include "procfs/loadavg.h"

#include <string>

#include "support/catch.h"

using vitals::procfs::parse_last_pid;

TEST_CASE("loadavg: the pid that was given out last") {
  const auto pid = parse_last_pid("0.11 0.11 0.04 1/87 7343\n");
  REQUIRE(pid.has_value());
  CHECK(*pid == 7343);
}

TEST_CASE("loadavg: anything else is an error") {
  const std::string text =
      GENERATE(as<std::string>{}, "", "\n", "0.11 0.11 0.04 1/87\n", "0.11 0.11 0.04 1/87 73",
               "0.11 0.11 0.04 1/87 -1\n", "0.11 0.11 0.04 1/87 4294967295\n", "0.11 0.11 0.04 1/87 7 8\n");
  CHECK_FALSE(parse_last_pid(text).has_value());
}
