#include "base/process_setup.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <initializer_list>

namespace vitals {

void reset_signals() {
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);  // NOLINT(concurrency-mt-unsafe): one thread
  for (const int number : {SIGPIPE, SIGXFSZ, SIGXCPU}) std::signal(number, SIG_IGN);
}

void ask_for_short_slices() {
  struct {  // struct sched_attr of linux/sched/types.h, which cannot be included beside sched.h
    std::uint32_t size = 48;
    std::uint32_t sched_policy = SCHED_OTHER;
    std::uint64_t sched_flags = 0;
    std::int32_t sched_nice = ::getpriority(PRIO_PROCESS, 0);  // as it is
    std::uint32_t sched_priority = 0;
    std::uint64_t sched_runtime = 100'000;  // ns, the least
    std::uint64_t sched_deadline = 0;
    std::uint64_t sched_period = 0;
  } attributes;
  ::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

std::uint64_t open_file_limit() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : enough_open_files;
}

std::uint64_t raise_open_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return enough_open_files;
  if (limit.rlim_cur >= enough_open_files || limit.rlim_max <= limit.rlim_cur) return limit.rlim_cur;
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

}  // namespace vitals
