#include "procfs/cgroup.h"

#include <string>

#include "support/catch.h"

using namespace vitals::procfs;

TEST_CASE("cgroup: the paths of the controllers cpu and memory and of the unified hierarchy") {
  const auto paths =
      parse_cgroup("9:name=systemd:/init\n4:cpuacct,cpu:/lambda/f\n3:cpuset:/other\n2:memory:/m\n0::/a:b\n");
  CHECK(paths.memory == "/m");
  CHECK(paths.cpu == "/lambda/f");
  CHECK(paths.unified == "/a:b");
}

TEST_CASE("cgroup: what is not a line of the file is skipped") {
  const std::string text =
      GENERATE(as<std::string>{}, "", "\n", "0:\n", "0::\n", "0::a\n", "4:cpu\n", "4:cpuset:/a\n", "4:cpu:/cut short");
  const auto paths = parse_cgroup(text);
  CHECK_FALSE(paths.cpu);
  CHECK_FALSE(paths.unified);
}

TEST_CASE("cpu.max: quota over period") {
  CHECK(parse_cpu_max("1447 20000\n") == 1447.0 / 20000);
  CHECK(parse_cpu_max("250000 100000\n") == 2.5);
  CHECK_FALSE(parse_cpu_max(GENERATE(as<std::string>{}, "max 100000\n", "", "\n", "5\n", "5 0\n", "0 5\n", "5 10 15\n",
                                     "-5 10\n", "99999999999999999999 1\n", "5 1")));
}

TEST_CASE("cpu.cfs_quota_us: -1 means unlimited") {
  CHECK(parse_cfs_quota("1447\n", "20000\n") == 1447.0 / 20000);
  CHECK_FALSE(parse_cfs_quota("-1\n", "100000\n"));
  CHECK_FALSE(parse_cfs_quota("", "100000\n"));
  CHECK_FALSE(parse_cfs_quota("1447\n", ""));
}
