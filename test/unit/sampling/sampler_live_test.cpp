// The sampler on the live kernel, against what the processes themselves measured.
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "sampling/sampler.h"
#include "sampling/schedule.h"
#include "sampling/usage.h"
#include "support/catch.h"
#include "support/child_process.h"
#include "support/temporary_directory.h"

using namespace std::chrono_literals;
using namespace vitals;

namespace {

const SystemClock live_clock;

// The children of this test are the function; this test is the common parent.
SamplerOptions live_options() {
  SamplerOptions options;
  options.self = ::getppid();
  options.parent = ::getpid();
  options.extension_directory.clear();
  return options;
}

constexpr std::uint64_t megabyte = 1U << 20U;

// The address sanitizer has memory of its own, which grows where it likes.
#ifdef __SANITIZE_ADDRESS__
constexpr double allowance = 12;  // MB
#else
constexpr double allowance = 1;
#endif

struct Window {
  double truth = 0;  // what the child says
  Usage usage;
  Peaks peaks;
  std::optional<std::uint64_t> memory_peak;
};

// One invocation: the child works, the sampler ticks as the schedule says.
Window invoke(Sampler& sampler, const ChildProcess& child, std::chrono::milliseconds interval = 2ms) {
  Window window;
  Sample from;
  Sample to;
  Schedule schedule{interval};
  sampler.read(from);
  window.peaks.add(from.gauges);
  schedule.start(from.at.steady, 0ns);
  child.start();
  for (;;) {
    const auto left = std::max(schedule.next() - live_clock.now().steady, std::chrono::nanoseconds{0});
    const timespec wait{left / 1s, (left % 1s).count()};
    pollfd ready{child.ready(), POLLIN, 0};
    if (::ppoll(&ready, 1, &wait, nullptr) > 0) break;
    Gauges gauges;
    const auto now = live_clock.now().steady;
    sampler.read(gauges);
    window.peaks.add(gauges);
    schedule.ticked(now, 10us);
  }
  window.truth = child.finish();
  // The child is about to block on its pipe; the little it takes to get there is its own.
  std::this_thread::sleep_for(1ms);
  sampler.read(to);
  window.peaks.add(to.gauges);
  window.usage = difference(from, to);
  window.memory_peak = peak_resident_bytes(from, to, window.peaks);
  return window;
}

double ms(const std::optional<std::chrono::nanoseconds>& time) {
  return time ? static_cast<double>(time->count()) / 1e6 : std::nan("");
}

void check_cpu(const Window& window) {
  CAPTURE(window.truth, ms(window.usage.cpu_total));
  CHECK(std::abs(ms(window.usage.cpu_total) - window.truth) <= std::max(1.0, window.truth / 100));
  CHECK(*window.usage.cpu_user + *window.usage.cpu_system == *window.usage.cpu_total);
}

// Forks so many processes; when each has done its work, all of them stay for 40 ms more and then end.
template <class Work>
double gather(int count, Work work) {
  int ready[2];
  int go[2];
  if (::pipe(ready) != 0 || ::pipe(go) != 0) return 1;
  std::vector<pid_t> pids;
  for (int i = 0; i < count; ++i) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::close(go[1]);
      work([&] {
        char byte = 'x';
        if (::write(ready[1], &byte, 1) == 1) (void)!::read(go[0], &byte, 1);
      });
      ::_exit(0);
    }
    pids.push_back(pid);
  }
  for (int i = 0; i < count; ++i) {
    char byte = 0;
    (void)!::read(ready[0], &byte, 1);
  }
  ::usleep(150'000);
  ::close(go[1]);
  for (const pid_t pid : pids) ::waitpid(pid, nullptr, 0);
  for (const int fd : {ready[0], ready[1], go[0]}) ::close(fd);
  return 0;
}

template <class Work>
double measured(Work work) {
  const double before = used_ms();
  work();
  return used_ms() - before;
}

}  // namespace

TEST_CASE("live: CPU time of one process, far below the tick and above it") {
  const auto amount =
      GENERATE(std::chrono::microseconds{300}, std::chrono::microseconds{3000}, std::chrono::microseconds{57'000});
  const ChildProcess child{[amount] { return measured([amount] { burn(amount); }); }};
  Sampler sampler{live_options(), live_clock};
  invoke(sampler, child);
  check_cpu(invoke(sampler, child));
  check_cpu(invoke(sampler, child));
}

TEST_CASE("live: CPU time of many threads, ended ones included") {
  const ChildProcess child{[] {
    return measured([] {
      std::vector<std::thread> threads;
      threads.reserve(8);
      for (int i = 0; i < 8; ++i) threads.emplace_back([] { burn(4ms); });
      for (auto& thread : threads) thread.join();
    });
  }};
  Sampler sampler{live_options(), live_clock};
  const Window window = invoke(sampler, child);
  check_cpu(window);
  CHECK(window.peaks.threads_max.value_or(0) > 1);
}

TEST_CASE("live: a long child that is waited for is counted once, to the moment it was last seen and a tick") {
  const ChildProcess child{[] {
    return measured([] {
      const pid_t pid = ::fork();
      if (pid == 0) {
        burn(60ms);
        ::_exit(0);
      }
      ::waitpid(pid, nullptr, 0);
    });
  }};
  Sampler sampler{live_options(), live_clock};
  const Window window = invoke(sampler, child);
  CAPTURE(window.truth, ms(window.usage.cpu_total));
  CHECK(std::abs(ms(window.usage.cpu_total) - window.truth) <= 10.0);
}

TEST_CASE("live: 200 short children are not lost; over some windows they add up to the truth") {
  const ChildProcess child{[] {
    return measured([] {
      for (int i = 0; i < 200; ++i) {
        const pid_t pid = ::fork();
        if (pid == 0) {
          burn(500us);
          ::_exit(0);
        }
        ::waitpid(pid, nullptr, 0);
      }
    });
  }};
  Sampler sampler{live_options(), live_clock};
  double truth = 0;
  double seen = 0;
  for (int i = 0; i < 4; ++i) {
    const Window window = invoke(sampler, child);
    truth += window.truth;
    seen += ms(window.usage.cpu_total);
    // Nothing an unprivileged process can read is finer than two ticks for children it never saw.
    CHECK(std::abs(ms(window.usage.cpu_total) - window.truth) <= 20.0);
  }
  CAPTURE(truth, seen);
  CHECK(std::abs(seen - truth) <= std::max(20.0, truth / 100));
}

TEST_CASE("live: a child that nobody waits for is not lost") {
  const ChildProcess child{[] {
    ::signal(SIGCHLD, SIG_IGN);
    int done[2]{};
    if (::pipe(done) != 0) return 0.0;
    char byte = 0;
    if (::fork() == 0) {
      burn(40ms);
      const bool written = ::write(done[1], &byte, 1) == 1;
      ::usleep(60'000);
      ::_exit(written ? 0 : 1);
    }
    // However long 40 ms of a processor take on this machine, it is looked at before it ends.
    const bool burnt = ::read(done[0], &byte, 1) == 1;
    ::usleep(90'000);
    return burnt ? 40.0 : 0.0;
  }};
  Sampler sampler{live_options(), live_clock};
  const double used = ms(invoke(sampler, child).usage.cpu_total);
  CHECK(used >= 40.0);
  CHECK(used < 45.0);
}

#ifndef __SANITIZE_THREAD__  // it keeps four bytes of its own for each that the children write

TEST_CASE("live: the memory's peak, also of one that was freed, and a smaller one the next time") {
  std::size_t size = 40 * megabyte;
  const ChildProcess child{[&size] {
    void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    std::memset(memory, 1, size);
    ::usleep(25'000);
    ::munmap(memory, size);
    size = 20 * megabyte;
    return 0.0;
  }};
  Sampler sampler{live_options(), live_clock};
  Sample idle;
  sampler.read(idle);
  const auto base = static_cast<double>(idle.gauges.resident_bytes.value());
  const auto mb = [base](std::optional<std::uint64_t> peak) {
    return (static_cast<double>(peak.value()) - base) / static_cast<double>(megabyte);
  };
  CHECK(std::abs(mb(invoke(sampler, child).memory_peak) - 40) <= allowance);
  // Absent where a busy machine left more than 20 ms between two samples.
  std::optional<std::uint64_t> smaller;
  for (int tries = 0; tries < 20 && !smaller; ++tries) smaller = invoke(sampler, child).memory_peak;
  CHECK(std::abs(mb(smaller) - 20) <= allowance);
}

TEST_CASE("live: forked workers add their own memory, not what they share") {
  std::vector<char> common(30 * megabyte, 1);
  const ChildProcess child{[&common] {
    return gather(3, [&common](auto stay) {
      std::memset(common.data(), 2, 4 * megabyte);    // becomes its own by being written
      const std::vector<char> more(6 * megabyte, 3);  // is its own
      stay();
    });
  }};
  Sampler sampler{live_options(), live_clock};
  sampler.allow_pss(std::chrono::seconds{1});
  Sample idle;
  sampler.read(idle);
  const auto base = static_cast<double>(idle.gauges.resident_bytes.value());
  // Absent where no reading of Pss fell into a quiet moment.
  std::optional<std::uint64_t> peak;
  for (int tries = 0; tries < 20 && !peak; ++tries) peak = invoke(sampler, child).memory_peak;
  const double more = (static_cast<double>(peak.value()) - base) / static_cast<double>(megabyte);
  CHECK(std::abs(more - 30) <= allowance);
}

TEST_CASE("live: files that a short process read are in the peak, or it is absent") {
  constexpr std::size_t size = 16 * megabyte;  // one page fault maps 64 KB of it
  const TemporaryDirectory tree;
  tree.make_file("file", std::string(size, 'x'));
  const ChildProcess child{[&tree] {
    if (const pid_t pid = ::fork(); pid > 0) {
      ::waitpid(pid, nullptr, 0);
      ::usleep(30'000);
      return 0.0;
    }
    const int file = ::open((tree.path() + "/file").c_str(), O_RDONLY | O_CLOEXEC);
    const auto* const bytes = static_cast<const char*>(::mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0));
    int sum = 0;
    for (std::size_t at = 0; at < size; at += 4096) sum += bytes[at];
    ::_exit(sum > 0 ? 0 : 1);
  }};
  Sampler sampler{live_options(), live_clock};
  Sample idle;
  sampler.read(idle);
  const std::uint64_t base = idle.gauges.resident_bytes.value();
  const auto peak = invoke(sampler, child, 10s).memory_peak;
  CHECK(peak.value_or(base + size) >= base + size - megabyte);
}

#endif

TEST_CASE("live: descriptors and their limit") {
  const ChildProcess child{[] {
    std::vector<int> descriptors;
    descriptors.reserve(100);
    for (int i = 0; i < 100; ++i) descriptors.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    ::usleep(25'000);
    for (const int fd : descriptors) ::close(fd);
    return 0.0;
  }};
  Sampler sampler{live_options(), live_clock};
  Sample idle;
  sampler.read(idle);
  const Window window = invoke(sampler, child);
  CHECK(window.peaks.open_descriptors_max.value() == idle.gauges.open_descriptors.value() + 100);
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  CHECK(window.peaks.descriptor_limit_max == limit.rlim_cur);
}

TEST_CASE("live: a burst of processes, and the gauges of those that stay alone afterwards") {
  const ChildProcess child{[] { return gather(12, [](auto stay) { stay(); }); }};
  Sampler sampler{live_options(), live_clock};
  CHECK(invoke(sampler, child).peaks.processes_max == 13U);
  Gauges gauges;
  sampler.read(gauges);
  CHECK(gauges.processes == 1U);
}

TEST_CASE("live: more processes than are kept open are read all the same, and no descriptor is left behind") {
  const auto open_descriptors = [] {
    int count = 0;
    for (int fd = 0; fd < 1024; ++fd) count += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    return count;
  };
  const ChildProcess child{[] { return gather(60, [](auto stay) { stay(); }); }};
  const int before = open_descriptors();
  {
    Sampler sampler{live_options(), live_clock};
    CHECK(invoke(sampler, child).peaks.processes_max == 61U);
    CHECK(open_descriptors() <= before + 20);
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("live: a process whose leading thread has ended while another one continues") {
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::thread{[&ready] {
      void* const memory =
          ::mmap(nullptr, 30 * megabyte, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
      if (memory == MAP_FAILED) ::_exit(1);
      for (int i = 0; i < 50; ++i) (void)::open("/dev/null", O_RDONLY);
      burn(20ms);
      (void)!::write(ready[1], "x", 1);
      for (;;) ::pause();
    }}.detach();
    ::syscall(SYS_exit, 0);  // only of this thread
  }
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  Sampler sampler{live_options(), live_clock};
  Sample sample;
  Gauges gauges;
  for (int look = 0; look < 2; ++look) {
    sampler.read(sample);
    sampler.read(gauges);
    CHECK(sample.function->cpu.total() >= 20ms);
    for (const Gauges& found : {sample.gauges, gauges}) {
      CHECK(found.processes == 1U);
      CHECK(found.threads == 2U);
      CHECK(found.resident_bytes.value_or(0) >= 30 * megabyte);
      CHECK(found.open_descriptors.value_or(0) >= 50U);
    }
    REQUIRE(sample.processes.size() == 1);
    CHECK(sample.processes[0].high_water.value_or(0) >= 30 * megabyte);
  }
  ::kill(pid, SIGKILL);
  // All of it has ended, and waits to be waited for.
  siginfo_t ended{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT) == 0);
  sampler.read(sample);
  CHECK_FALSE(sample.gauges.processes.has_value());
  CHECK_FALSE(sample.gauges.resident_bytes.has_value());
  ::waitpid(pid, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("live: this extension's own figures") {
  Sampler sampler{live_options(), live_clock};
  Sample from;
  sampler.read(from);
  burn(5ms);
  Sample to;
  sampler.read(to);
  const auto used = ms(difference(from, to).agent_cpu);
  CHECK(used >= 5.0);
  CHECK(used < 8.0);
  CHECK(to.gauges.agent_resident_bytes.value() > megabyte / 2);
}
