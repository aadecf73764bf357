#include "sampling/cpu_quota.h"

#include "support/catch.h"
#include "support/temporary_directory.h"

using vitals::read_cpu_quota;

namespace {

std::optional<double> quota(const TemporaryDirectory& tree) {
  return read_cpu_quota(tree.path() + "/proc", tree.path() + "/cgroup");
}

}  // namespace

TEST_CASE("the CPU quota is the least one from the process's own cgroup up to the root") {
  const TemporaryDirectory tree;
  SECTION("version 1") {
    tree.make_file("proc/self/cgroup", "2:cpu,cpuacct:/outer/inner\n0::/\n");
    tree.make_file("cgroup/cpu/outer/cpu.cfs_quota_us", "10000\n");
    tree.make_file("cgroup/cpu/outer/cpu.cfs_period_us", "20000\n");
    tree.make_file("cgroup/cpu/outer/inner/cpu.cfs_quota_us", "-1\n");
    tree.make_file("cgroup/cpu/outer/inner/cpu.cfs_period_us", "20000\n");
    CHECK(quota(tree) == 0.5);
  }
  SECTION("version 2") {
    tree.make_file("proc/self/cgroup", "0::/outer/inner\n");
    tree.make_file("cgroup/outer/cpu.max", "10000 20000\n");
    tree.make_file("cgroup/outer/inner/cpu.max", "1447 20000\n");
    CHECK(quota(tree) == 1447.0 / 20000);
  }
  SECTION("a container that sees its own cgroup as the root, and in /proc the path of its host") {
    tree.make_file("proc/self/cgroup", "0::/docker/0123\n");
    tree.make_file("cgroup/cpu.max", "200000 100000\n");
    CHECK(quota(tree) == 2.0);
  }
}

TEST_CASE("without a limit, or without cgroups, there is no CPU quota") {
  const TemporaryDirectory tree;
  CHECK_FALSE(quota(tree));
  tree.make_file("proc/self/cgroup", "0::/\n");
  CHECK_FALSE(quota(tree));
  tree.make_file("cgroup/cpu.max", "max 100000\n");
  CHECK_FALSE(quota(tree));
}
