// RuntimeConnections: reads the TCP connections that the function's processes have to the Runtime API, from the
// kernel's socket diagnostics (sock_diag(7), NETLINK_SOCK_DIAG), which any user may ask. Used where there is no
// telemetry.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/file_descriptor.h"
#include "runtime_watch/diagnostics_answer.h"
#include "runtime_watch/runtime_watch.h"

struct nlmsghdr;

namespace vitals::runtime {

class RuntimeConnections {
 public:
  // `port`: of the Runtime API, which is the Extensions API's, too.
  explicit RuntimeConnections(std::uint16_t port) : port_(port) {}

  // The established connections to that port that are neither this process's own nor of one of the processes
  // `extensions`. Known ones are asked for one by one (some microseconds); all
  // of them are listed when the last list is old enough for its cost: the kernel walks its whole table for one, which
  // takes 150 µs on a machine with 24 GB. The API's address is an IPv4 one, but a runtime may reach it through an IPv6
  // socket (Java's do): those are listed where there is none of IPv4. With `at_any_cost` they are listed whenever none
  // is known. Null where nothing was looked at: sock_diag is refused, or none is known and a list is not due. What is
  // given is good until the next call.
  const std::vector<RuntimeConnection>* read(SteadyTime now, const std::vector<pid_t>& extensions,
                                             bool at_any_cost = false);

 private:
  bool open();
  bool ask(nlmsghdr& request, std::size_t size, bool list);  // adds to answer_
  void update_known();
  bool list_all(SteadyTime now, const std::vector<pid_t>& extensions);
  bool list_family(std::uint8_t family, const std::vector<pid_t>& extensions);

  std::uint16_t port_;
  FileDescriptor netlink_;
  std::uint32_t asked_ = 0;  // the number of the last request, which its answer carries
  bool refused_ = false;
  int failures_ = 0;
  std::vector<DiagnosedConnection> known_;
  std::vector<DiagnosedConnection> answer_;
  std::vector<std::uint64_t> foreign_;  // sockets of this process and of other extensions
  std::vector<RuntimeConnection> connections_;
  SteadyTime next_list_{};
};

}  // namespace vitals::runtime
