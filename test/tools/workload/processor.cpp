#include <atomic>
#include <condition_variable>
#include <ctime>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "steps.h"

namespace workload {

namespace {

std::int64_t read_clock(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

void burn_thread(std::chrono::nanoseconds time) {
  const std::int64_t end = read_clock(CLOCK_THREAD_CPUTIME_ID) + time.count();
  while (read_clock(CLOCK_THREAD_CPUTIME_ID) < end) {
    // Mostly in user mode: to read the clock is a system call.
    volatile int turns = 20'000;
    for (int i = 0; i < turns; ++i) {
    }
  }
}

std::int64_t own_cpu_ns() {
  return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

namespace {

// Threads that stay when their work is done, as those of a runtime do.
class Pool {
 public:
  // Has each of `count` threads do `work`, and waits for them.
  void run(int count, const std::function<void()>& work) {
    std::unique_lock lock{mutex_};
    for (; threads_ < count; ++threads_) std::thread{[this] { serve(); }}.detach();
    work_ = work;
    due_ = left_ = count;
    changed_.notify_all();
    changed_.wait(lock, [this] { return left_ == 0; });
  }

 private:
  [[noreturn]] void serve() {
    std::unique_lock lock{mutex_};
    for (;;) {
      changed_.wait(lock, [this] { return due_ > 0; });
      --due_;
      const auto work = work_;
      lock.unlock();
      work();
      lock.lock();
      --left_;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> work_;
  int threads_ = 0;
  int due_ = 0;
  int left_ = 0;
};

}  // namespace

// Whoever only burns and does not run waits for a processor.
void burn(const Step& step, Seen& seen) {
  const auto time = milliseconds(step, "ms");
  const int count = step.value("threads", 1);
  const std::int64_t start = read_clock(CLOCK_MONOTONIC);
  std::atomic<std::int64_t> waited = 0;
  const auto work = [&] {
    const std::int64_t used = read_clock(CLOCK_THREAD_CPUTIME_ID);
    burn_thread(time);
    waited += read_clock(CLOCK_MONOTONIC) - start - (read_clock(CLOCK_THREAD_CPUTIME_ID) - used);
  };
  if (count == 1) {
    work();
  } else if (step.value("stay", false)) {
    static Pool& pool = *new Pool;  // NOLINT(cppcoreguidelines-owning-memory): its threads outlive everything
    pool.run(count, work);
  } else {
    std::vector<std::jthread> threads;
    threads.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) threads.emplace_back(work);
  }
  seen.waited_ns += waited;
}

}  // namespace workload
