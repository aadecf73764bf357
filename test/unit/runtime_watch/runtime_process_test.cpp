#include "runtime_watch/runtime_process.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>

#include "support/catch.h"
#include "support/few_descriptors.h"

namespace vitals::runtime {
namespace {

pid_t start_sleeper() {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::pause();
    ::_exit(0);
  }
  return pid;
}

void end(pid_t pid) {
  ::kill(pid, SIGKILL);
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);
}

void reap(pid_t pid) {
  ::waitpid(pid, nullptr, 0);
}

}  // namespace

TEST_CASE("the exit of the runtime is seen, also where no descriptor was left when it was found") {
  const pid_t runtime = start_sleeper();
  const pid_t child_of_it = start_sleeper();
  RuntimeProcess process;
  process.find(std::nullopt);
  if (GENERATE(true, false)) {
    const test::FewDescriptors none_left{0};
    process.find(runtime);
  }
  process.find(runtime);
  CHECK_FALSE(process.has_exited());
  end(child_of_it);
  CHECK_FALSE(process.has_exited());
  end(runtime);
  CHECK(process.has_exited());
  reap(runtime);
  process.find(child_of_it);
  CHECK(process.has_exited());
  reap(child_of_it);
}

TEST_CASE("what outlives a runtime that could not be opened is not taken for it") {
  RuntimeProcess process;
  const pid_t runtime = start_sleeper();
  {
    const test::FewDescriptors none_left{0};
    process.find(runtime);
  }
  end(runtime);
  reap(runtime);
  const pid_t other = start_sleeper();
  process.find(other);
  end(other);
  CHECK_FALSE(process.has_exited());
  reap(other);
}

}  // namespace vitals::runtime
