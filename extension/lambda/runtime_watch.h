// RuntimeWatch: tells from the runtime's TCP connections to the Runtime API when an invocation is over, for where there
// is no telemetry to tell it. Pure: it is shown what runtime_connections.h reads.
//
// A runtime asks for its next invocation, works, posts the response and asks again. While it works it sends nothing; so
// once it has sent something since the INVOKE, and waits for an answer to the last that it sent, it has posted its
// response and waits for its next invocation. Runtimes that keep one connection and those that open one for every request
// (curl in a shell script) look the same that way.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace vitals::lambda {

// One established connection to the Runtime API, as struct tcp_info (linux/tcp.h) tells.
struct RuntimeConnection {
  std::uint64_t inode = 0;                       // of the socket: who it is
  std::uint32_t data_segments_sent = 0;          // tcpi_data_segs_out
  std::uint32_t data_segments_received = 0;      // tcpi_data_segs_in
  std::chrono::milliseconds since_last_sent{};   // tcpi_last_data_sent, in steps of the kernel's tick (1 to 10 ms)
  std::chrono::milliseconds since_last_received{};  // tcpi_last_data_recv
};

class RuntimeWatch {
 public:
  // An INVOKE came, and these were the connections then.
  void start(SteadyTime now, const std::vector<RuntimeConnection>& connections);

  // The connections now. When the invocation is over, the moment at which the runtime asked for its next one; seen twice
  // before it is believed, as between the response and that request there is a moment that looks the same.
  [[nodiscard]] std::optional<SteadyTime> observe(SteadyTime now, const std::vector<RuntimeConnection>& connections);

 private:
  [[nodiscard]] bool sent_since_start(const RuntimeConnection& connection) const;

  std::vector<RuntimeConnection> at_start_;
  SteadyTime started_{};
  SteadyTime last_quiet_{};                  // the runtime had not sent anything yet
  std::optional<RuntimeConnection> waiting_;  // what the last look found waiting
  SteadyTime asked_{};                       // since when
};

}  // namespace vitals::lambda
