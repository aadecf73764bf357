#include "base/process_setup.h"

#include <sys/resource.h>

#include <csignal>

#include "support/catch.h"

namespace vitals {

TEST_CASE("an inherited signal mask is emptied") {
  sigset_t blocked, before, now;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  REQUIRE(::sigprocmask(SIG_BLOCK, &blocked, &before) == 0);
  reset_signals();
  ::sigprocmask(SIG_SETMASK, &before, &now);
  CHECK(sigismember(&now, SIGTERM) == 0);
}

TEST_CASE("signals that a resource limit or a closed pipe would send are ignored") {
  reset_signals();
  for (const int number : {SIGPIPE, SIGXFSZ, SIGXCPU}) CHECK(::raise(number) == 0);
}

TEST_CASE("a low soft limit of open files is raised to the hard one, and a sufficient one stays") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const auto limit_from = [&](rlim_t soft) {
    const rlimit limit{soft, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
    const auto raised = raise_open_file_limit();
    CHECK(raised == open_file_limit());
    return raised;
  };
  CHECK(limit_from(enough_open_files - 1) == before.rlim_max);
  CHECK(limit_from(enough_open_files) == enough_open_files);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace vitals
