#include "sampling/kernel_kills.h"

#include <string>

#include "support/catch.h"
#include "support/temporary_directory.h"

namespace vitals {

namespace {

struct Machine {
  TemporaryDirectory root;

  Machine() {
    vmstat(5);
    cgroups("0::/a\n", "0::/a\n");
  }
  void vmstat(int kills) const {
    root.make_file("proc/vmstat", "nr_free_pages 7\noom_kill " + std::to_string(kills) + "\n");
  }
  void cgroups(const std::string& own, const std::string& parents) const {
    root.make_file("proc/self/cgroup", own);
    root.make_file("proc/1/cgroup", parents);
  }
  void events(const std::string& file, int kills) const {
    root.make_file("cgroup/" + file, "oom 1\noom_kill " + std::to_string(kills) + "\n");
  }
  [[nodiscard]] KernelKills kills() const { return KernelKills{root.path() + "/proc", root.path() + "/cgroup", 1}; }
};

}  // namespace

TEST_CASE("the first call takes the counter's value, the next ones what has changed") {
  const Machine machine;
  machine.events("a/memory.events", 2);
  KernelKills kills = machine.kills();
  CHECK_FALSE(kills.since_last(false));
  CHECK(kills.since_last(false) == false);
  machine.events("a/memory.events", 3);
  CHECK(kills.since_last(false) == true);
  CHECK(kills.since_last(false) == false);
  machine.events("a/memory.events", 1);
  CHECK(kills.since_last(false) == false);
}

TEST_CASE("the cgroup's counter is found in both versions, and where the own cgroup is mounted as the root") {
  const Machine machine;
  std::string file;
  SECTION("v2") {
    machine.cgroups("0::/a\n", "0::/a\n"), file = "a/memory.events";
  }
  SECTION("v1") {
    machine.cgroups("4:memory:/a\n0::/\n", "4:memory:/a\n0::/\n"), file = "memory/a/memory.oom_control";
  }
  SECTION("v1 in a container") {
    machine.cgroups("4:memory:/docker/1\n", "4:memory:/docker/1\n"), file = "memory/memory.oom_control";
  }
  SECTION("v2 in a container") {
    machine.cgroups("0::/\n", "0::/\n"), file = "memory.events";
  }
  machine.events(file, 0);
  KernelKills kills = machine.kills();
  CHECK_FALSE(kills.since_last(true));
  machine.vmstat(9);  // of others
  CHECK(kills.since_last(true) == false);
  machine.events(file, 1);
  CHECK(kills.since_last(true) == true);
}

TEST_CASE("without a cgroup of the sandbox the machine's counter counts where the sandbox has a machine of its own") {
  const Machine machine;
  SECTION("no cgroup is mounted") {
  }
  SECTION("the parent is in another one") {
    machine.events("a/memory.events", 1);
    machine.cgroups("0::/a\n", "0::/b\n");
  }
  SECTION("the files cannot be parsed") {
    machine.cgroups("a", "a");
  }
  KernelKills kills = machine.kills();
  CHECK_FALSE(kills.since_last(true));
  machine.vmstat(6);
  CHECK(kills.since_last(true) == true);
  CHECK(kills.since_last(true) == false);
  machine.vmstat(7);
  CHECK_FALSE(kills.since_last(false));
}

TEST_CASE("without any counter nothing is known") {
  const TemporaryDirectory empty;
  KernelKills kills{empty.path(), empty.path(), 1};
  for (int i = 0; i < 2; ++i) CHECK_FALSE(kills.since_last(true));
}

}  // namespace vitals
