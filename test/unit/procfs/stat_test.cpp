#include "procfs/stat.h"

#include <limits>
#include <string>

#include "support/catch.h"

using vitals::procfs::parse_stat;

namespace {

// A line of a real process, its name to be put in.
std::string line(const std::string& name) {
  return "4711 (" + name +
         ") S 17 4712 18 0 -1 4194560 101 102 103 104 105 106 107 108 20 0 9 0 123456 9000000 2500 "
         "18446744073709551615 94000000 94100000 140700000000000 0 0 0 0 4096 1 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
}

}  // namespace

TEST_CASE("every field of /proc/PID/stat is the one that proc(5) numbers") {
  const std::string text = line("bootstrap");
  const auto stat = parse_stat(text);
  REQUIRE(stat.has_value());
  CHECK(stat->pid == 4711);
  CHECK(stat->comm == "bootstrap");
  CHECK(stat->state == 'S');
  CHECK(stat->ppid == 17);
  CHECK(stat->pgrp == 4712);
  CHECK(stat->session == 18);
  CHECK(stat->flags == 4194560);
  CHECK(stat->minflt == 101);
  CHECK(stat->cminflt == 102);
  CHECK(stat->majflt == 103);
  CHECK(stat->cmajflt == 104);
  CHECK(stat->utime == 105);
  CHECK(stat->stime == 106);
  CHECK(stat->cutime == 107);
  CHECK(stat->cstime == 108);
  CHECK(stat->num_threads == 9);
  CHECK(stat->starttime == 123456);
  CHECK(stat->rss == 2500);
  CHECK(stat->startstack == 140700000000000);
}

TEST_CASE("a process may be named anything") {
  const std::string name =
      GENERATE(as<std::string>{}, ") R 1 (", "", " ", "a b", "((((", "))))", ") (", "a\nb", "(sd-pam)");
  const std::string text = line(name);
  const auto stat = parse_stat(text);
  REQUIRE(stat.has_value());
  CHECK(stat->comm == name);
  CHECK(stat->state == 'S');
  CHECK(stat->ppid == 17);
  CHECK(stat->starttime == 123456);
}

TEST_CASE("a stat that is truncated before its last used field is an error, never a wrong number") {
  const std::string text = line("bootstrap");
  const std::size_t complete = text.find("140700000000000") + std::string("140700000000000 ").size();
  for (std::size_t size = 0; size < complete; ++size) {
    CHECK_FALSE(parse_stat(text.substr(0, size)).has_value());
  }
  CHECK(parse_stat(text.substr(0, complete)).has_value());
}

TEST_CASE("a stat that is not one is an error") {
  const std::string text = GENERATE(as<std::string>{}, "", "\n", ")", "(", "1 (", "1 )", "1 (x)", "1 (x) S\n",
                                    ") 1 (x S 1", std::string(4096, ')'), std::string(64, '\0'));
  CHECK_FALSE(parse_stat(text).has_value());
}

TEST_CASE("a counter that is not a number is an error") {
  const std::string bad = GENERATE(as<std::string>{}, "-1", "18446744073709551615", "99999999999999999999", "1e3", "+5",
                                   "0x10", "", "12a", "9007199254740992");
  for (const std::string field : {"101", "105", "107", "123456", "2500"}) {
    std::string text = line("x");
    text.replace(text.find(" " + field + " ") + 1, field.size(), bad);
    CHECK_FALSE(parse_stat(text).has_value());
  }
}

TEST_CASE("an error names the file and quotes what was wrong") {
  const auto stat = parse_stat("what\x01 is this\n");
  REQUIRE(stat.has_error());
  CHECK(stat.error().code == vitals::ErrorCode::malformed);
  CHECK(stat.error().text == "/proc/PID/stat: malformed: \"what? is this?\"");
}
