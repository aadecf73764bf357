// RuntimeConnections: reads the TCP connections of the sandbox's other processes to the Runtime API, from the kernel's
// socket diagnostics (sock_diag(7), NETLINK_SOCK_DIAG), which any user may request. Used without telemetry, and in sync
// mode.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/file_descriptor.h"
#include "runtime_watch/diagnostics_answer.h"
#include "runtime_watch/runtime_watch.h"

struct nlmsghdr;

namespace vitals::runtime {

// Where the Runtime API listens; it has the same address as the Extensions API.
struct ApiAddress {
  std::array<unsigned char, 16> address{};  // of IPv6, or one of IPv4 mapped into it (::ffff:a.b.c.d)
  std::uint16_t port = 0;
};

// When the kernel's ticks (jiffies), the unit of the times in tcp_info, occur. CLOCK_MONOTONIC_COARSE steps at a tick,
// but to an earlier time, by a constant of up to one tick. Every reading narrows down this constant.
class KernelTick {
 public:
  // CLOCK_MONOTONIC_COARSE, which is the same during a tick.
  std::chrono::nanoseconds read();

  // The middle of the tick that was read as `coarse`.
  [[nodiscard]] SteadyTime middle(std::chrono::nanoseconds coarse) const {
    return SteadyTime{coarse + (earliest_ + latest_ + length_) / 2};
  }

 private:
  std::chrono::nanoseconds length_{};
  std::chrono::nanoseconds earliest_{};  // bounds of the time from the coarse time to its tick: at least
  std::chrono::nanoseconds latest_{};    // and at most
};

class RuntimeConnections {
 public:
  explicit RuntimeConnections(const ApiAddress& api);

  // The established connections to the API, without this process's own: the function's, or, if the function has never
  // had one because a proxy is between it and the API, those of the processes `extensions`. Known ones are requested
  // one by one (some microseconds). All are listed when the last list is old enough for its cost: for a list the kernel
  // walks its whole table, which takes 150 µs on a machine with 24 GB. A runtime may reach an IPv4 address through an
  // IPv6 socket (as Java's do): those are listed if there is no IPv4 one. With `at_any_cost` they are listed whenever
  // none is known. Null if nothing was read: none is known and a list is not due, or sock_diag was refused, which is
  // tried again after a pause. The result is valid until the next call.
  const std::vector<RuntimeConnection>* read(SteadyTime now, const std::vector<pid_t>& extensions,
                                             bool at_any_cost = false);

 private:
  bool open(SteadyTime now);
  void pause_after_failure(SteadyTime now);
  bool ask(nlmsghdr& request, std::size_t size, bool list);  // adds to answer_
  void ask_for_known();
  void update_known();
  bool list_all(SteadyTime now, const std::vector<pid_t>& extensions);
  bool list_family(std::uint8_t family, const std::vector<pid_t>& extensions);
  [[nodiscard]] bool is_to_api(const DiagnosedConnection& connection) const;
  void drop_extensions();

  ApiAddress api_;
  FileDescriptor netlink_;
  std::uint32_t asked_ = 0;  // number of the last request, which its answer repeats
  SteadyTime next_try_{};    // after a failure
  std::chrono::nanoseconds failure_pause_;
  std::vector<DiagnosedConnection> known_;
  std::vector<DiagnosedConnection> answer_;
  std::vector<std::uint64_t> own_;  // sockets of this process
  std::vector<RuntimeConnection> connections_;
  bool function_seen_ = false;  // the function has had a connection
  std::size_t most_known_ = 0;  // the highest number of known connections before some of them were closed
  KernelTick tick_clock_;
  SteadyTime tick_{};  // the middle of the kernel's tick when it was asked
  SteadyTime next_list_{};
};

}  // namespace vitals::runtime
