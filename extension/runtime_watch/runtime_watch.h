// RuntimeWatch: tells from the runtime's TCP connections to the Runtime API when an invocation is over, for where there
// is no telemetry to tell it. Pure: it is shown what runtime_connections.h reads.
//
// A runtime asks for its next invocation, works, posts the response and asks again. While it works it sends nothing; so
// once it has sent something since the INVOKE, and waits for an answer to the last that it sent, it has posted its
// response and waits for its next invocation. Runtimes that keep one connection and those that open one for every
// request (curl in a shell script) look the same that way.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace vitals::runtime {

// One established connection to the Runtime API, as struct tcp_info (linux/tcp.h) tells.
struct RuntimeConnection {
  std::uint64_t inode = 0;                          // of the socket: who it is
  std::uint32_t data_segments_sent = 0;             // tcpi_data_segs_out
  std::uint32_t data_segments_received = 0;         // tcpi_data_segs_in
  std::chrono::milliseconds since_last_sent{};      // tcpi_last_data_sent, in steps of the kernel's tick (1 to 10 ms)
  std::chrono::milliseconds since_last_received{};  // tcpi_last_data_recv
};

class RuntimeWatch {
 public:
  // What waits must have waited for so long before it is believed to wait for the next invocation: while the response
  // is on its way to the API, and its acknowledgement back, it looks the same.
  static constexpr std::chrono::milliseconds settling{20};

  // What waits at the INVOKE already waits for its answer to it, or was so quick that it asks for the next one: the
  // first is over soon, as the API answers the runtime when it answers the extension.
  static constexpr std::chrono::milliseconds answered_by{100};

  // Looks come more often than this while an invocation runs, unless the sandbox is frozen.
  static constexpr std::chrono::milliseconds no_look{250};

  // An INVOKE came, and these were the connections then.
  void start(SteadyTime now, const std::vector<RuntimeConnection>& connections);

  // The connections now. When the invocation is over, the moment at which the runtime asked for its next one.
  [[nodiscard]] std::optional<SteadyTime> observe(SteadyTime now, const std::vector<RuntimeConnection>& connections);

  // When what the last look found waiting will have waited long enough.
  [[nodiscard]] std::optional<SteadyTime> settles() const {
    if (waiting_) return asked_ + settling;
    return waiting_at_start_ ? std::optional{started_at_ + answered_by} : std::nullopt;
  }

  // The same when the next INVOKE has come: then the last that the runtime sent was its request for it, whether it has
  // settled or not, and whether it has its answer already or not. Not known when nobody has looked for long, as over a
  // freeze, and it has only just sent something: that may be a quick function's answer to the INVOKE that has come.
  [[nodiscard]] std::optional<SteadyTime> conclude(SteadyTime now, const std::vector<RuntimeConnection>& connections);

  // The same when the sandbox ends: what waits at the last look that showed any connection is believed at once.
  [[nodiscard]] std::optional<SteadyTime> last_look(SteadyTime now, const std::vector<RuntimeConnection>& connections);

 private:
  [[nodiscard]] const RuntimeConnection* newest_request(const std::vector<RuntimeConnection>& connections) const;
  [[nodiscard]] bool after_a_freeze(SteadyTime now, const RuntimeConnection& newest) const;
  [[nodiscard]] bool sent_since_start(const RuntimeConnection& connection) const;

  [[nodiscard]] std::optional<SteadyTime> over_at_start(SteadyTime now,
                                                        const std::vector<RuntimeConnection>& connections);

  bool started_ = false;
  SteadyTime started_at_{};
  SteadyTime last_look_{};
  bool thawed_ = false;  // a look since start() found what after_a_freeze() tells
  std::vector<RuntimeConnection> at_start_;
  std::optional<RuntimeConnection> waiting_at_start_;  // beyond doubt, and not since before the INVOKE
  SteadyTime last_quiet_{};                            // the runtime had not sent anything new until then
  std::optional<RuntimeConnection> waiting_;           // what the last look found waiting
  SteadyTime asked_{};                                 // since when
  std::optional<RuntimeConnection> settled_;           // what was believed to wait, in this window or the last
};

}  // namespace vitals::runtime
