#include "procfs/oom_kills.h"

#include <string>

#include "support/catch.h"

using namespace vitals::procfs;

TEST_CASE("oom_kill of each of the three files") {
  CHECK(*parse_oom_kills("nr_free_pages 7\noom_kill 3\nnuma_hit 9\n") == 3);                     // /proc/vmstat
  CHECK(*parse_oom_kills("low 0\nhigh 0\nmax 12\noom 2\noom_kill 1\noom_group_kill 0\n") == 1);  // memory.events
  CHECK(*parse_oom_kills("oom_kill_disable 0\nunder_oom 0\noom_kill 18\n") == 18);               // memory.oom_control
}

TEST_CASE("a kernel that does not count kills, and a line that is wrong") {
  const std::string text = GENERATE(as<std::string>{}, "", "\n", "oom_kill", "oom_kill 3", "oom_kill_disable 0\n",
                                    "oom_kill\n", "oom_kill -1\n", "oom_kill x\n", "oom_kill 18446744073709551615\n");
  CHECK_FALSE(parse_oom_kills(text).has_value());
}
