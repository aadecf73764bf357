#include "sampling/lifetime.h"

#include <fcntl.h>

#include <array>
#include <ctime>

#include "base/file_descriptor.h"
#include "procfs/stat.h"
#include "procfs/text.h"

namespace vitals {

namespace {

using std::chrono::nanoseconds;

// Between two readings further apart than this the process did not run: the sandbox may have been frozen.
constexpr std::chrono::milliseconds same_moment{100};

std::optional<nanoseconds> read_clock(clockid_t clock) {
  timespec time{};
  if (::clock_gettime(clock, &time) != 0) return std::nullopt;
  return std::chrono::seconds{time.tv_sec} + nanoseconds{time.tv_nsec};
}

}  // namespace

Lifetime read_clocks() {
  Lifetime lifetime;
  lifetime.own_cpu = cpu_time_used();
  lifetime.since_boot = read_clock(CLOCK_BOOTTIME);
  const auto steady = read_clock(CLOCK_MONOTONIC);
  lifetime.steady = SteadyTime{steady.value_or(nanoseconds{0})};
  const auto again = read_clock(CLOCK_BOOTTIME);
  if (!steady || !again || !lifetime.since_boot || *again - *lifetime.since_boot > same_moment) {
    lifetime.since_boot.reset();
  }
  return lifetime;
}

Lifetime read_lifetime(const std::string& proc_root) {
  Lifetime lifetime = read_clocks();
  const auto file = open_for_reading(AT_FDCWD, (proc_root + "/self/stat").c_str());
  if (!file) return lifetime;
  std::array<char, 1024> buffer;
  const auto stat = procfs::read_and_parse(file->get(), buffer, procfs::parse_stat);
  if (stat) lifetime.started = stat->starttime;
  return lifetime;
}

}  // namespace vitals
