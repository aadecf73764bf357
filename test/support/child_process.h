// ChildProcess: a forked process that waits, does one piece of work on request, and waits again. For tests against the
// live kernel.
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <functional>
#include <stdexcept>

class ChildProcess {
 public:
  // `work` runs in the child each time start() is called; what it returns comes out of finish(). It must not return to
  // the test in any other way.
  explicit ChildProcess(const std::function<double()>& work) {
    if (::pipe(orders_) != 0 || ::pipe(results_) != 0) throw std::runtime_error("pipe failed");
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ > 0) {
      ::close(orders_[0]);
      ::close(results_[1]);
      (void)finish();
      return;
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(orders_[1]);
    ::close(results_[0]);
    // Reports that it is ready, and waits for its first order.
    double result = 0;
    char order = 0;
    while (::write(results_[1], &result, sizeof result) == sizeof result && ::read(orders_[0], &order, 1) == 1) {
      result = work();
    }
    ::_exit(0);
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess() {
    ::close(orders_[1]);
    ::close(results_[0]);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  [[nodiscard]] pid_t pid() const { return pid_; }
  void start() const {
    if (::write(orders_[1], "x", 1) != 1) throw std::runtime_error("the child has exited");
  }
  [[nodiscard]] double finish() const {
    double result = 0;
    if (::read(results_[0], &result, sizeof result) != sizeof result) throw std::runtime_error("the child has exited");
    return result;
  }
  // Where the result becomes readable.
  [[nodiscard]] int ready() const { return results_[0]; }

 private:
  int orders_[2]{};
  int results_[2]{};
  pid_t pid_ = 0;
};

// CPU time of this process and of the children it has waited for, in ms: what getrusage(2) says.
inline double used_ms() {
  const auto ms = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  rusage self{};
  rusage children{};
  ::getrusage(RUSAGE_SELF, &self);
  ::getrusage(RUSAGE_CHILDREN, &children);
  return ms(self.ru_utime) + ms(self.ru_stime) + ms(children.ru_utime) + ms(children.ru_stime);
}

// Uses so much CPU time of the calling thread.
inline void burn(std::chrono::microseconds amount) {
  const auto now = [] {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
  };
  const auto end = now() + amount;
  while (now() < end) {
  }
}
