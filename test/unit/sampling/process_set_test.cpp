// What a sample reads and what it leaves unread: /proc is built in code, and its processes have real clocks, those of
// children of this test that sleep until the test lets them run.
#include "sampling/process_set.h"

#include <fcntl.h>

#include <array>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "sampling/process_clock.h"
#include "support/catch.h"
#include "support/child_process.h"
#include "support/temporary_directory.h"

using namespace std::chrono_literals;
using namespace vitals;

namespace {

constexpr std::chrono::nanoseconds tick = 10ms;

struct Stat {
  pid_t ppid = 0;
  std::int64_t ticks = 0;           // utime
  std::int64_t children_ticks = 0;  // cutime
  int faults = 0;
  int children_faults = 0;
  char state = 'S';
};

class Proc {
 public:
  Proc() { write(::getpid(), {.ppid = 1}); }

  void write(pid_t pid, const Stat& stat) const {
    const auto number = [](auto value) { return std::to_string(value) + ' '; };
    tree_.make_file(std::to_string(pid) + "/stat",
                    number(pid) + "(bootstrap) " + stat.state + ' ' + number(stat.ppid) + "1 1 0 -1 0 " +
                        number(stat.faults) + number(stat.children_faults) + "0 0 " + number(stat.ticks) + "0 " +
                        number(stat.children_ticks) + "0 20 0 1 0 1000 0 100 0 0 0 0 0 0 0 0 0\n");
  }
  // Files that are kept open read like this when the process has exited.
  void end(pid_t pid) const { tree_.make_file(std::to_string(pid) + "/stat", ""); }

  [[nodiscard]] std::chrono::nanoseconds look() {
    set_.find_new(buffer_);
    set_.read_counters(true, buffer_);
    set_.account();
    const auto totals = set_.accounts().function();
    return totals ? totals->cpu.total() : -1ns;
  }

 private:
  TemporaryDirectory tree_;
  FileDescriptor root_{::open(tree_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  std::array<char, 4096> buffer_{};
  ProcessSet set_{root_.get(),
                  true,
                  {.page_bytes = 4096, .tick = tick, .descriptors_in_size = false},
                  {.self = ::getppid(), .parent = ::getpid(), .extension_directory = {}}};
};

double work(std::chrono::milliseconds time) {
  burn(time);
  return 0;
}

// Lets it run, and waits until its clock stands still again.
void run(const ChildProcess& process) {
  process.start();
  (void)process.finish();
  auto clock = process_clock(process.pid());
  do {
    std::this_thread::sleep_for(5ms);
  } while (std::exchange(clock, process_clock(process.pid())) != clock);
}

}  // namespace

TEST_CASE("a process that has not run is not read again") {
  const ChildProcess process{[] { return work(1ms); }};
  run(process);
  Proc proc;
  proc.write(process.pid(), {.ppid = ::getpid()});
  const auto before = proc.look();
  proc.write(process.pid(), {.ppid = ::getpid(), .children_ticks = 50, .children_faults = 50});
  CHECK(proc.look() == before);
  run(process);
  CHECK(proc.look() > before + 400ms);
}

TEST_CASE("a child that ends while its parent's clock does not show that it ran is not counted twice") {
  const ChildProcess parent{[] { return work(1ms); }};
  auto child = std::make_unique<ChildProcess>([] { return work(100ms); });
  const pid_t pid = child->pid();
  run(parent);
  run(*child);
  const auto used = *process_clock(pid);
  const Stat ended{.ppid = parent.pid(), .ticks = used / tick, .faults = 500, .state = 'Z'};

  Proc proc;
  proc.write(parent.pid(), {.ppid = ::getpid()});
  Stat running = ended;
  running.state = 'S';
  proc.write(pid, running);
  const auto total = proc.look();
  CHECK(total >= used);

  SECTION("it has exited at the next sample") {
  }
  SECTION("it is seen before it is waited for") {
    proc.write(pid, ended);
    CHECK(proc.look() == total);
  }
  // Its parent has waited for it, and runs no more: its clock stands where the looks before have seen it.
  child.reset();
  proc.end(pid);
  proc.write(parent.pid(),
             {.ppid = ::getpid(), .children_ticks = ended.ticks, .faults = 0, .children_faults = ended.faults});
  for (int look = 0; look < 4; ++look) {
    const auto now = proc.look();
    CHECK(now >= total - tick);
    CHECK(now <= total + 2 * tick);
  }
  // When it runs again everybody reads it.
  run(parent);
  CHECK(proc.look() <= total + 3 * tick);
}
