// RuntimeWatch: when an invocation is over, from the TCP connections to the Runtime API. Used without telemetry, and in
// sync mode in addition to it. Pure: it is given what runtime_connections.h reads.
//
// A runtime requests its next invocation (the poll), gets it, works, posts its response, and polls again. The
// invocation is over when its poll waits again. Other requests to the same API must not be mistaken for it: a response
// that is streamed over seconds, or the poll of an extension in the runtime's process. Their size distinguishes them: a
// client sends the same poll every time, byte for byte, and every other request differs.
//
// - A connection without any answer has sent one request: all of its bytes.
// - A connection that carries only polls has sent exactly one poll more than at the INVOKE.
// - For the first 40 ms the poll is what the kernel of the API has not acknowledged yet (a delayed acknowledgement,
//   TCP_DELACK_MIN): exactly its bytes.
// - Later, or while the size is not known: what was sent since the INVOKE has been answered, and something was sent
//   after that answer. Sending and receiving mostly fall into one tick of the kernel, so only the acknowledgement,
//   which comes 40 ms after the last data, shows the order.
//
// If none of these decides, the invocation is not over: the next INVOKE ends the window.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace vitals::runtime {

// Whose socket it is. One that cannot be attributed is the function's.
enum class Owner { function, extension };

// One established connection to the Runtime API, with values of struct tcp_info (linux/tcp.h). Each of the three times
// is the middle of a kernel tick (1 to 10 ms long), so the same event has the same time in every sample.
struct RuntimeConnection {
  std::uint64_t inode = 0;              // of the socket: its identity
  std::uint64_t sent = 0;               // bytes, without retransmissions: tcpi_bytes_sent, tcpi_bytes_retrans
  std::uint64_t unacknowledged = 0;     // the part of these that is not in tcpi_bytes_acked
  std::uint64_t received = 0;           // bytes: tcpi_bytes_received
  std::uint32_t sent_segments = 0;      // tcpi_data_segs_out
  std::uint32_t received_segments = 0;  // tcpi_data_segs_in
  SteadyTime sent_at{};                 // the last data: tcpi_last_data_sent
  SteadyTime received_at{};             // the last data: tcpi_last_data_recv
  SteadyTime acknowledged_at{};         // the last acknowledgement received: tcpi_last_ack_recv
  Owner owner = Owner::function;
};

class RuntimeWatch {
 public:
  // A request that is first seen just after the INVOKE either still waits for it, or has answered it already and polls
  // again. The API answers the runtime when it answers this extension, so after this time it is the second.
  static constexpr std::chrono::milliseconds answered_by{100};

  // While the size of the poll is not known, as in the first window: how long a connection must be idle after the
  // answer to its response to mean the end.
  static constexpr std::chrono::milliseconds idle_time{150};

  // While an invocation runs, samples are this far apart: a quarter of the time since the INVOKE, within these limits.
  static constexpr std::chrono::milliseconds shortest_pause{10};
  static constexpr std::chrono::milliseconds longest_pause{80};

  // An INVOKE has arrived, and these are the connections. Call conclude() first.
  void start(SteadyTime now, const std::vector<RuntimeConnection>& connections);

  // The connections now. Present if the invocation is over: when the runtime polled again. `opened`: the result of
  // read_opened_connections() before the connections were read; needed if presumes_poll() is true.
  [[nodiscard]] std::optional<SteadyTime> observe(SteadyTime now, const std::vector<RuntimeConnection>& connections,
                                                  const std::optional<std::uint64_t>& opened = std::nullopt);

  // Called at the next INVOKE, which proves that the runtime polled: when it did so, if that is certain. `opened`: the
  // same, but read after the connections.
  [[nodiscard]] std::optional<SteadyTime> conclude(SteadyTime now, const std::vector<RuntimeConnection>& connections,
                                                   const std::optional<std::uint64_t>& opened = std::nullopt);

  // Called when the sandbox ends, perhaps with no connection left: the last samples decide.
  [[nodiscard]] std::optional<SteadyTime> at_last(SteadyTime now, const std::vector<RuntimeConnection>& connections);

  // There was nothing to read: the next sample is postponed.
  void put_off(SteadyTime now) { plan(now); }

  // Whether a request may be the poll, which the next INVOKE can prove.
  [[nodiscard]] bool presumes_poll() const { return presumed_.has_value(); }

  // When the next sample is due. Absent before the first start().
  [[nodiscard]] std::optional<SteadyTime> next() const { return next_; }

 private:
  // What is known of a connection at the INVOKE.
  enum class Base {
    polling,  // the runtime's poll was under way, and the counters are of that time
    asking,   // a request was under way, the runtime's poll or that of an extension in its process; counters as above
    fresh,    // seen for the first time, with one request sent: perhaps the poll
    unknown   // the counters are of the first sample in the window
  };
  struct Followed {
    RuntimeConnection now;
    RuntimeConnection base_counters;
    Base base = Base::unknown;
    std::optional<RuntimeConnection> request;  // the newest sample with a request under way, without its answer
    bool at_invoke = false;                    // it existed when the INVOKE came
    bool in_pieces = false;                    // its first request was seen growing
    SteadyTime doubtful_until{};  // it may have served the next invocation already, whose INVOKE comes by then
    // The received and sent bytes of a sample at which the INVOKE had been answered completely. What is received after
    // it, and after something was sent, answers a request of the runtime's.
    std::optional<std::uint64_t> received_then;
    std::uint64_t sent_then = 0;
  };

  [[nodiscard]] Followed* find(std::uint64_t inode);
  void follow(SteadyTime now, const std::vector<RuntimeConnection>& connections);
  void update(Followed& followed, SteadyTime now) const;
  void set_base(Followed& followed) const;
  void learn_poll();
  void learn_from_requests(const std::optional<std::uint64_t>& opened);
  [[nodiscard]] bool prove_poll(const std::vector<RuntimeConnection>& connections,
                                const std::optional<std::uint64_t>& opened);
  [[nodiscard]] const RuntimeConnection* only_request() const;
  static void note_request(Followed& followed);
  [[nodiscard]] bool was_answered(const Followed& followed) const;
  [[nodiscard]] bool waits_unanswered(const Followed& followed, SteadyTime now) const;
  [[nodiscard]] bool polls_again(const Followed& followed, SteadyTime now) const;
  [[nodiscard]] bool may_be_of_next(const Followed& followed) const;
  [[nodiscard]] bool polled_before_invoke(const Followed& followed) const;
  [[nodiscard]] std::optional<SteadyTime> idle_end(SteadyTime now) const;
  [[nodiscard]] std::optional<SteadyTime> judge(SteadyTime now);
  void remember(const RuntimeConnection& poll);
  void plan(SteadyTime now);

  std::vector<Followed> followed_;
  std::optional<std::uint64_t> poll_bytes_;     // the size of the runtime's poll
  std::optional<RuntimeConnection> last_poll_;  // found polling at the end of the last invocation
  // A request that may be the poll, and the number of connections opened before it was read.
  struct Presumed {
    RuntimeConnection request;
    std::optional<std::uint64_t> opened;
  };
  std::optional<Presumed> presumed_;
  std::optional<RuntimeConnection> first_request_;  // of this invocation, if it was seen
  int windows_ = 0;
  int unseen_ = 0;  // ends in a row that were not seen
  SteadyTime started_{};
  SteadyTime last_sample_{};
  std::optional<SteadyTime> next_;
};

}  // namespace vitals::runtime
