#include "sampling/launch_order.h"

#include <map>
#include <string>
#include <vector>

#include "support/catch.h"

using namespace vitals;

namespace {

constexpr pid_t platform = 1;
constexpr pid_t self = 20;
constexpr std::uint64_t platform_stack = 1111;

// What a platform does to the programs that it starts.
enum class Puts { into_groups, into_sessions, nowhere };

struct Sandbox {
  explicit Sandbox(Puts how, std::size_t others = 1)
      : puts(how),
        order(Origin{.pid = platform, .pgrp = platform, .session = platform, .startstack = platform_stack},
              launched(self, 100), others) {}

  // A process as the platform starts it.
  [[nodiscard]] Origin launched(pid_t pid, std::uint64_t start_time) const {
    return {.pid = pid,
            .ppid = platform,
            .pgrp = puts == Puts::nowhere ? platform : pid,
            .session = puts == Puts::into_sessions ? pid : platform,
            .start_time = start_time,
            .startstack = 1000000U + static_cast<std::uint64_t>(pid)};
  }

  // Judges all of them at once; e: an extension, f: the runtime or the function's, ?: an orphan.
  std::string judge(const std::vector<Origin>& origins, pid_t runs_file = 0) {
    std::vector<LaunchOrder::Child> children;
    children.reserve(origins.size());
    for (const auto& origin : origins) {
      children.push_back(
          {.origin = origin, .runs_file = origin.pid == runs_file, .group = {}, .newcomer = children.size()});
    }
    order.judge(children);
    std::string groups(origins.size(), '?');
    for (const auto& child : children) {
      if (child.group) groups[child.newcomer] = child.group == Group::extension ? 'e' : 'f';
    }
    return groups;
  }

  Puts puts;
  LaunchOrder order;
};

Sandbox any_sandbox(std::size_t others = 1) {
  return Sandbox{GENERATE(Puts::into_groups, Puts::into_sessions, Puts::nowhere), others};
}

}  // namespace

TEST_CASE(
    "the first that the platform started are extensions, as many as there are files, and the next one is the runtime") {
  Sandbox sandbox = any_sandbox(2);
  const Origin before = sandbox.launched(19, 100);
  const Origin after = sandbox.launched(21, 101);
  const Origin runtime = sandbox.launched(30, 140);
  SECTION("all are found at once") {
    CHECK(sandbox.judge({runtime, after, before}) == "fee");
  }
  SECTION("pids begin from the start meanwhile") {
    CHECK(sandbox.judge({sandbox.launched(3, 140), after, before}) == "fee");
  }
  SECTION("they are found one after the other") {
    CHECK(sandbox.judge({before}) == "e");
    CHECK(sandbox.judge({after, runtime}) == "ef");
  }
  SECTION("one of them still runs its file, found late") {
    CHECK(sandbox.judge({before}) == "e");
    CHECK(sandbox.judge({runtime, after}, after.pid) == "fe");
  }
  SECTION("the runtime has ended already") {
    Origin ended = runtime;
    ended.ended = true;
    CHECK(sandbox.judge({before, after, ended}) == "eef");
  }
  CHECK(sandbox.order.runtime_known());
}

TEST_CASE("what the platform has just forked is counted, though it has not called exec yet") {
  Sandbox sandbox = any_sandbox();
  Origin forked{.pid = 21,
                .ppid = platform,
                .pgrp = platform,
                .session = platform,
                .start_time = 101,
                .startstack = platform_stack,
                .executed = false};
  SECTION("it has the platform's image") {
  }
  SECTION("it has the platform's name, where the images are nobody's to know") {
    forked.startstack = 0;
  }
  CHECK(sandbox.order.may_be_runtime(forked));
  CHECK(sandbox.judge({forked, sandbox.launched(30, 140)}) == "ef");
}

TEST_CASE("an orphan of before the runtime is an extension's, whatever it has done to be one") {
  Sandbox sandbox = any_sandbox();
  Origin orphan{.pid = 25, .ppid = platform, .pgrp = 24, .session = 24, .start_time = 120, .startstack = 77};
  SECTION("forked twice, in a session of its own") {
    orphan.executed = false;
  }
  SECTION("forked once, the leader of its session") {
    orphan.pgrp = orphan.session = orphan.pid;
    orphan.executed = false;
  }
  SECTION("it has called exec in the session of the one that ended") {
    if (sandbox.puts == Puts::nowhere) return;  // then nothing distinguishes it from the runtime
  }
  CHECK_FALSE(sandbox.order.may_be_runtime(orphan) != orphan.executed);
  CHECK(sandbox.judge({sandbox.launched(21, 101), orphan, sandbox.launched(30, 140)}) == "e?f");
  CHECK(sandbox.order.before_runtime(orphan));
}

TEST_CASE(
    "an orphan of after the runtime, or of before any extension, is an extension's only when something ties it to "
    "one") {
  Sandbox sandbox = any_sandbox();
  const Origin extension = sandbox.launched(21, 101);
  const Origin runtime = sandbox.launched(30, 140);
  REQUIRE(sandbox.judge({extension, runtime}) == "ef");
  CHECK_FALSE(sandbox.order.before_runtime({.pid = 41, .start_time = 150}));
  CHECK_FALSE(sandbox.order.before_runtime({.pid = 11, .start_time = 50}));

  Origin orphan{.pid = 41, .ppid = platform, .pgrp = 40, .session = 40, .start_time = 150, .startstack = 77};
  CHECK_FALSE(sandbox.order.ties_to(orphan, extension));
  orphan.startstack = extension.startstack;
  CHECK_FALSE(sandbox.order.ties_to(orphan, extension));
  orphan.executed = false;
  CHECK(sandbox.order.ties_to(orphan, extension));
  CHECK_FALSE(sandbox.order.ties_to(orphan, runtime));

  Origin same_group = orphan;
  same_group.startstack = 0;
  same_group.pgrp = extension.pgrp;
  same_group.session = extension.session;
  CHECK(sandbox.order.ties_to(same_group, extension) == (sandbox.puts != Puts::nowhere));
  CHECK_FALSE(sandbox.order.ties_to(same_group, runtime));
}

TEST_CASE("what was there before the platform started anything does not count as an extension") {
  Sandbox sandbox{Puts::into_groups};
  // A server that a container's entry point started before it became the platform.
  const Origin server{.pid = 7, .ppid = platform, .pgrp = platform, .session = platform, .start_time = 20};
  CHECK(sandbox.judge({server, sandbox.launched(21, 101), sandbox.launched(30, 140)}) == "?ef");
  CHECK_FALSE(sandbox.order.before_runtime(server));
  CHECK_FALSE(sandbox.order.ties_to(server, sandbox.launched(21, 101)));
}

TEST_CASE("a child of an earlier life that nobody waited for is not an extension") {
  Sandbox sandbox{Puts::nowhere};
  Origin old = sandbox.launched(10, 50);
  old.ended = true;
  CHECK(sandbox.judge({old, sandbox.launched(21, 101), sandbox.launched(30, 140)}) == "?ef");
}
