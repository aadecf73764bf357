// Histories of connections as a kernel with a tick of 4 ms reports them, and a watch over them.
#pragma once

#include <chrono>
#include <map>
#include <vector>

#include "runtime_watch/runtime_watch.h"
#include "support/catch.h"
#include "support/history.h"

namespace vitals::runtime {

using namespace std::chrono_literals;

inline constexpr std::uint64_t poll = 130;    // the runtime's
inline constexpr std::uint64_t other = 200;   // the poll of an extension in its process
inline constexpr std::uint64_t post = 300;    // a response
inline constexpr std::uint64_t answer = 120;  // to a response
inline constexpr std::uint64_t event = 450;   // an invocation

inline SteadyTime at(double ms) {
  return test::at_ms(0).steady + std::chrono::nanoseconds{static_cast<std::int64_t>(ms * 1e6)};
}

// The kernel's side of the connections: everything that goes over them, and when it acknowledges.
class Network {
 public:
  void send(std::uint64_t inode, double ms, std::uint64_t bytes) {
    RuntimeConnection& c = connections_[inode];
    c.inode = inode;
    c.sent += bytes;
    c.unacknowledged += bytes;
    ++c.sent_segments;
    c.sent_at = tick(ms);
    acknowledged_[inode] = ms + 40;
  }
  void receive(std::uint64_t inode, double ms, std::uint64_t bytes, std::uint32_t segments = 1) {
    RuntimeConnection& c = connections_[inode];
    c.received += bytes;
    c.received_segments += segments;
    c.unacknowledged = 0;  // the acknowledgement came with the answer
    c.received_at = c.acknowledged_at = tick(ms);
    acknowledged_.erase(inode);
  }
  void open(std::uint64_t inode) { connections_[inode].inode = inode; }
  void close(std::uint64_t inode) {
    connections_.erase(inode);
    acknowledged_.erase(inode);
  }
  void own(std::uint64_t inode, Owner owner) { connections_[inode].owner = owner; }

  std::vector<RuntimeConnection> read(double ms) {
    std::vector<RuntimeConnection> result;
    for (auto& [inode, c] : connections_) {
      const auto due = acknowledged_.find(inode);
      if (due != acknowledged_.end() && due->second <= ms) {
        c.unacknowledged = 0;
        c.acknowledged_at = tick(due->second);
        acknowledged_.erase(due);
      }
      result.push_back(c);
    }
    return result;
  }

 private:
  static SteadyTime tick(double ms) { return at(static_cast<double>(static_cast<int>(ms / 4) * 4 + 2)); }

  std::map<std::uint64_t, RuntimeConnection> connections_;
  std::map<std::uint64_t, double> acknowledged_;  // when what was sent will be
};

// A watch over them, sampled as it asks for it.
struct Watched {
  Network network;
  RuntimeWatch watch;
  double now = 0;

  void invoke(double ms) {
    now = ms;
    static_cast<void>(conclude(ms));
    watch.start(at(ms), network.read(ms));
  }
  std::optional<SteadyTime> conclude(double ms) { return watch.conclude(at(ms), network.read(ms)); }
  std::optional<SteadyTime> observe(double ms) {
    now = ms;
    return watch.observe(at(ms), network.read(ms));
  }
  // Samples until it is over, or until then. Where it went on: absent.
  std::optional<SteadyTime> run(double until) {
    for (;;) {
      const double next = static_cast<double>((*watch.next() - at(0)).count()) / 1e6;
      if (next > until) return std::nullopt;
      if (const auto ending = observe(next)) return ending;
    }
  }
};

inline void check_end(const std::optional<SteadyTime>& ending, double ms) {
  REQUIRE(ending);
  CHECK(*ending >= at(ms - 4));
  CHECK(*ending <= at(ms + 4));
}

// The first invocation of a runtime with one connection, which the samples see at work.
inline void first_invocation(Watched& w) {
  w.network.send(1, -1, poll);
  w.network.receive(1, 0, event);
  w.invoke(1);
  CHECK(!w.run(49));
  w.network.send(1, 50, post);
  w.network.receive(1, 50.2, answer);
  w.network.send(1, 50.4, poll);
  check_end(w.run(300), 50.4);
}

// The same after the first invocation of a runtime with one connection, so that the size of the poll is known.
struct Warm : Watched {
  Warm() { first_invocation(*this); }
};

// Before the first invocation of a runtime with one connection and an extension in its process, on connection 7.
struct WithInternalExtension : Watched {
  WithInternalExtension() {
    network.send(7, -50, 280);
    network.receive(7, -50, 200);
    network.send(7, -50, other);
    network.send(1, -1, poll);
  }
};

}  // namespace vitals::runtime
