// Histories of connections as a kernel with a tick of 4 ms reports them, of the clients that runtimes have.
#include "runtime_watch/runtime_watch.h"

#include <chrono>
#include <map>
#include <vector>

#include "support/catch.h"
#include "support/history.h"

namespace vitals::runtime {

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t poll = 130;    // the runtime's
constexpr std::uint64_t other = 200;   // the poll of an extension in its process
constexpr std::uint64_t post = 300;    // a response
constexpr std::uint64_t answer = 120;  // to a response
constexpr std::uint64_t event = 450;   // an invocation

SteadyTime at(double ms) {
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
  std::optional<Ending> observe(double ms) {
    now = ms;
    return watch.observe(at(ms), network.read(ms));
  }
  // Samples until it is over, or until then. Where it went on: absent.
  std::optional<Ending> run(double until) {
    for (;;) {
      const double next = static_cast<double>((*watch.next() - at(0)).count()) / 1e6;
      if (next > until) return std::nullopt;
      if (const auto ending = observe(next)) return ending;
    }
  }
};

void check_end(const std::optional<Ending>& ending, double ms) {
  REQUIRE(ending);
  REQUIRE(ending->at);
  CHECK(*ending->at >= at(ms - 4));
  CHECK(*ending->at <= at(ms + 4));
}

// The first invocation, of a runtime with one connection: seen to work.
void first_invocation(Watched& w) {
  w.network.send(1, -1, poll);
  w.network.receive(1, 0, event);
  w.invoke(1);
  CHECK(!w.run(49));
  w.network.send(1, 50, post);
  w.network.receive(1, 50.2, answer);
  w.network.send(1, 50.4, poll);
  check_end(w.run(300), 50.4);
}

}  // namespace

TEST_CASE("one connection: over when the response has been answered and the runtime polls again") {
  Watched w;
  first_invocation(w);
  const double length = GENERATE(0.1, 3.0, 20.0, 90.0, 1500.0, 20'000.0);
  w.network.receive(1, 1000, event);
  if (length > 1) w.invoke(1000.5);
  const double end = 1000 + length;
  if (length > 1) CHECK(!w.run(end - 0.2));
  w.network.send(1, end - 0.4, post);
  w.network.receive(1, end - 0.2, answer);
  w.network.send(1, end, poll);
  if (length < 1) w.invoke(1000.5);
  check_end(w.run(end + 150), end);
}

TEST_CASE("a large event, in many segments, does not make a response of its own") {
  Watched w;
  first_invocation(w);
  w.invoke(1000);
  w.network.receive(1, 1000, 100'000, 3);
  SECTION("that the runtime streams") {
    w.network.send(1, 1001, 1000);
    CHECK(!w.run(1500));
    w.network.send(1, 1500, 1000);
  }
  SECTION("that it sends at once") {
    CHECK(!w.run(1499));
    w.network.send(1, 1500, post);
  }
  w.network.receive(1, 1500, answer);
  w.network.send(1, 1500, poll);
  check_end(w.run(1700), 1500);
}

TEST_CASE("a response that is streamed, with pauses of any length") {
  Watched w;
  const bool first = GENERATE(true, false);
  double now = 0;
  if (first) {
    w.network.send(1, -1, poll);
  } else {
    first_invocation(w);
    now = 1000;
  }
  w.invoke(now);
  w.network.receive(1, now, event);
  const double pause = GENERATE(1.0, 45.0, 110.0, 300.0, 3000.0);
  for (int piece = 0; piece < 4; ++piece) {
    w.network.send(1, now += 1, piece == 0 ? 400 : poll);  // a piece may be just as long as the poll
    CHECK(!w.run(now += pause));
  }
  w.network.receive(1, now, answer);
  w.network.send(1, now, poll);
  check_end(w.run(now + 150), now);
}

TEST_CASE("work after the response: not over until the runtime polls") {
  Watched w;
  first_invocation(w);
  w.invoke(1000);
  w.network.receive(1, 1000, event);
  w.network.send(1, 1001, post);
  w.network.receive(1, 1001, answer);
  CHECK(!w.run(1300));
  w.network.send(1, 1300, poll);
  check_end(w.run(1450), 1300);
}

TEST_CASE("two connections, one for polls and one for responses") {
  Watched w;
  w.network.send(1, -1, poll);
  w.network.receive(1, 0, event);
  w.invoke(0.5);
  double now = 30;
  for (int invocation = 0; invocation < 3; ++invocation) {
    CHECK(!w.run(now));
    w.network.send(2, now, post);
    if (invocation == 1) {
      CHECK(!w.run(now += 300));  // streamed
      w.network.send(2, now, post);
    }
    w.network.receive(2, now, answer);
    CHECK(!w.observe(now));
    w.network.send(1, now += 0.3, poll);
    check_end(w.run(now + 100), now);
    w.invoke(now += 500);
    w.network.receive(1, now, event);
    now += invocation == 1 ? 0 : 100;
  }
}

TEST_CASE("a connection for every request") {
  Watched w;
  w.network.send(1, -1, poll);
  SECTION("its poll was seen") {
    w.invoke(0);
  }
  SECTION("it was answered before") {
    w.network.close(1);
    w.invoke(0);
  }
  w.network.close(1);
  CHECK(!w.run(30));
  w.network.send(2, 30, post);
  CHECK(!w.observe(30));
  w.network.receive(2, 31, answer);
  w.network.close(2);
  w.network.send(3, 32, poll);
  check_end(w.run(250), 32);
  // From now on the size of the poll is known. A sample may find a connection on which nothing has been sent yet.
  w.network.close(3);
  w.invoke(1000);
  w.network.send(4, 1001, 400);
  CHECK(!w.run(2000));
  w.network.send(4, 2000, 100);
  w.network.close(4);
  w.network.open(5);
  CHECK(!w.observe(2000.5));
  w.network.send(5, 2001, poll);
  check_end(w.run(2100), 2001);
}

TEST_CASE("two connections, the first response streamed from the start") {
  Watched w;
  w.network.send(1, -1, poll);
  w.network.receive(1, 0, event);
  w.network.send(2, 0.5, 140);
  w.invoke(1);
  CHECK(!w.run(330));
  w.network.send(2, 330, 100);
  w.network.receive(2, 330, answer);
  w.network.send(1, 330.2, poll);
  check_end(w.run(480), 330.2);
}

TEST_CASE("a connection for every request, the first response streamed from the start") {
  Watched w;
  w.network.send(2, 0.5, 140);
  w.invoke(1);
  for (double now = 55; now < 300; now += 55) {
    CHECK(!w.run(now));
    w.network.send(2, now, 40);
  }
  w.network.close(2);
  w.network.send(3, 300, poll);
  check_end(w.run(480), 300);
  w.network.close(3);
  w.invoke(1000);
  w.network.send(4, 1001, 140);
  CHECK(!w.run(1500));
}

TEST_CASE("the next poll of the next invocation is not this one's") {
  Watched w;
  w.network.send(1, -1, poll);
  w.network.receive(1, 0, event);
  w.network.send(2, 0.5, post);
  w.invoke(1);
  w.network.receive(2, 1.2, answer);
  w.network.send(1, 1.4, poll);
  w.network.receive(1, 1000, event);
  w.network.send(2, 1000, post);
  w.network.receive(2, 1000, answer);
  w.network.send(1, 1000, poll);
  CHECK(!w.conclude(1000.5));
}

TEST_CASE("what was learned wrong is forgotten") {
  Watched w;
  w.network.send(5, -1, 77);
  w.network.receive(5, 0, event);
  w.invoke(1);
  CHECK(!w.run(20));  // that was not the runtime's poll
  double now = 500;
  for (std::uint64_t invocation = 0; invocation < 6; ++invocation) {
    const std::uint64_t inode = 10 + invocation;
    if (invocation == 0) w.network.send(inode, now - 100, poll);
    w.invoke(now);
    w.network.close(inode);
    static_cast<void>(w.run(now + 60));
    w.network.send(inode + 1, now + 60, poll);
    const auto ending = w.run(now + 900);
    if (invocation == 5) check_end(ending, now + 60);
    now += 1000;
  }
}

TEST_CASE("an extension in the runtime's process") {
  Watched w;
  const bool for_invoke = GENERATE(true, false);
  w.network.send(7, -50, 280);
  w.network.receive(7, -50, 200);
  w.network.send(7, -50, other);
  w.network.send(1, -1, poll);
  double now = 0;
  for (int invocation = 0; invocation < 3; ++invocation) {
    w.invoke(now);
    w.network.receive(1, now, event);
    if (for_invoke) {
      w.network.receive(7, now, 350);
      CHECK(!w.run(now + 9));
      w.network.send(7, now + 9, other);
    }
    CHECK(!w.run(now += 300));
    w.network.send(1, now, post);
    w.network.receive(1, now, answer);
    w.network.send(1, now, poll);
    check_end(w.run(now + 150), now);
    now += 500;
  }
}

TEST_CASE("an extension in the runtime's process that asks late says nothing of the end") {
  Watched w;
  w.network.send(7, -50, 280);
  w.network.receive(7, -50, 200);
  w.network.send(7, -50, other);
  w.network.send(1, -1, poll);
  double now = 0;
  for (const double length : {60.0, 88.0, 95.0, 300.0, 60.0}) {
    w.invoke(now);
    w.network.receive(1, now, event);
    w.network.receive(7, now, 350);
    const double late = now + 92;
    if (length > 92) {
      CHECK(!w.run(late));
      w.network.send(7, late, other);
    }
    const double end = now + length;
    if (length == 300) w.network.send(1, now + 93, 400);
    CHECK(!w.run(end));
    if (length != 300) w.network.send(1, end, post);
    w.network.receive(1, end, answer);
    w.network.send(1, end, poll);
    check_end(w.run(end + 150), end);
    if (length < 92) w.network.send(7, late, other);
    now = std::max(end, late) + 0.5;
  }
}

TEST_CASE("a proxy: its connections count, but nothing is presumed of other extensions") {
  Watched w;
  for (const std::uint64_t inode : {1U, 7U, 8U}) w.network.own(inode, Owner::extension);
  for (const std::uint64_t inode : {7U, 8U}) {
    w.network.send(inode, -50, 280);
    w.network.receive(inode, -50, 200);
    w.network.send(inode, -50, other);
  }
  SECTION("with one") {
    w.network.send(1, -1, poll);
    double now = 0;
    for (int invocation = 0; invocation < 2; ++invocation) {
      w.invoke(now);
      for (const std::uint64_t inode : {1U, 7U, 8U}) w.network.receive(inode, now, event);
      w.network.send(7, now + 1, other);
      w.network.send(8, now + 90, other);
      CHECK(!w.run(now += 400));
      w.network.send(1, now, post);
      w.network.receive(1, now, answer);
      w.network.send(1, now, poll);
      check_end(w.run(now + 150), now);
      now += 500;
    }
  }
  SECTION("without") {
    w.network.close(1);
    w.invoke(0);
    for (const std::uint64_t inode : {7U, 8U}) {
      w.network.receive(inode, 0, event);
      w.network.send(inode, 1, other);
    }
    CHECK(!w.run(5000));
  }
}

TEST_CASE("a first invocation that was over before the first sample") {
  Watched w;
  SECTION("one connection") {
    w.network.send(1, -1, poll);
    w.network.receive(1, 0, event);
    w.network.send(1, 0.5, post);
    w.network.receive(1, 0.6, answer);
    w.network.send(1, 0.7, poll);
    w.invoke(1);
    check_end(w.run(250), 1);
  }
  SECTION("a connection for every request") {
    w.network.send(3, 0.7, poll);
    w.invoke(1);
    check_end(w.run(250), 1);
  }
  SECTION("two connections") {
    w.network.send(1, -1, poll);
    w.network.receive(1, 0, event);
    w.network.send(2, 0.5, post);
    w.network.receive(2, 0.6, answer);
    w.network.send(1, 0.7, poll);
    w.invoke(1);
    check_end(w.run(250), 1);
  }
}

TEST_CASE("a first invocation that was over before the first sample, with a large event: over, without a time") {
  Watched w;
  w.network.send(1, -1, poll);
  w.network.receive(1, 0, 10'000, 3);
  w.network.send(1, 0.5, post);
  w.network.receive(1, 0.6, answer);
  w.network.send(1, 0.7, poll);
  w.invoke(1);
  const auto ending = w.run(250);
  REQUIRE(ending);
  CHECK(!ending->at);
}

TEST_CASE("a function that works is not over, however long it takes") {
  Watched w;
  w.network.send(1, -1, poll);
  w.invoke(0);
  w.network.receive(1, 0, event);
  CHECK(!w.run(900'000));
  CHECK(!w.conclude(900'001));
}

TEST_CASE("samples back off, so that a long invocation costs little") {
  Watched w;
  w.network.send(1, -1, poll);
  w.invoke(0);
  w.network.receive(1, 0, event);
  int samples = 0;
  while (w.now < 10'000) {
    ++samples;
    w.now = static_cast<double>((*w.watch.next() - at(0)).count()) / 1e6;
    REQUIRE(!w.observe(w.now));
  }
  CHECK(samples < 140);
}

TEST_CASE("the next INVOKE proves that the runtime polled before it") {
  Watched w;
  first_invocation(w);
  w.invoke(1000);
  w.network.receive(1, 1000, event);
  CHECK(!w.run(1030));
  w.network.send(1, 1031, post);
  w.network.receive(1, 1031, answer);
  w.network.send(1, 1031.5, poll);
  const double thaw = GENERATE(1032.0, 60'000.0);  // frozen in between
  SECTION("which it waits for still") {
    CHECK(w.conclude(thaw + 1) == at(1030));
  }
  SECTION("which it works on") {
    w.network.receive(1, thaw, event);
    CHECK(w.conclude(thaw + 1) == at(1030));
    // What follows belongs to the new one.
    w.watch.start(at(thaw + 1), w.network.read(thaw + 1));
    w.network.send(1, thaw + 2, 400);
    CHECK(!w.run(thaw + 500));
    w.network.receive(1, thaw + 500, answer);
    w.network.send(1, thaw + 500, poll);
    check_end(w.run(thaw + 650), thaw + 500);
  }
  SECTION("which it has answered: doubtful") {
    w.network.receive(1, thaw, event);
    w.network.send(1, thaw + 0.2, post);
    w.network.receive(1, thaw + 0.4, answer);
    w.network.send(1, thaw + 0.5, poll);
    CHECK(!w.conclude(thaw + 1));
    // And that is seen, once this INVOKE is known.
    w.watch.start(at(thaw + 1), w.network.read(thaw + 1));
    check_end(w.run(thaw + 150), thaw + 1);
  }
}

TEST_CASE("a sample between a freeze and the next INVOKE does not take its answer for the end") {
  Watched w;
  first_invocation(w);
  w.invoke(1000);
  w.network.receive(1, 1000, event);
  CHECK(!w.run(1030));
  w.network.send(1, 1031, post);
  w.network.receive(1, 1031, answer);
  w.network.send(1, 1031, poll);
  w.network.receive(1, 60'000, event);
  SECTION("seen while it works: the poll before the freeze") {
    CHECK(w.watch.at_last(at(60'001), w.network.read(60'001)) == at(1030));
  }
  SECTION("seen when it polls again: doubtful") {
    w.network.send(1, 60'000.2, post);
    w.network.receive(1, 60'000.4, answer);
    w.network.send(1, 60'000.6, poll);
    CHECK(!w.observe(60'001));
    CHECK(!w.run(60'090));
    CHECK(!w.watch.at_last(at(60'001), w.network.read(60'001)));
  }
}

TEST_CASE("at the end of the sandbox what the last sample saw counts") {
  Watched w;
  first_invocation(w);
  w.invoke(1000);
  w.network.receive(1, 1000, event);
  CHECK(!w.run(1030));
  SECTION("it works") {
    CHECK(!w.watch.at_last(at(1031), w.network.read(1031)));
    CHECK(!w.watch.at_last(at(1032), {}));
  }
  SECTION("it streams") {
    w.network.send(1, 1031, 500);
    CHECK(!w.watch.at_last(at(1200), w.network.read(1200)));
  }
  SECTION("it has polled, and was ended before this process") {
    w.network.send(1, 1031, post);
    w.network.receive(1, 1031, answer);
    w.network.send(1, 1031, poll);
    CHECK(w.watch.at_last(at(1032), w.network.read(1032)) == at(1030));
    CHECK(w.watch.at_last(at(1033), {}) == at(1030));
  }
}

TEST_CASE("a runtime that has exited does not poll") {
  Watched w;
  first_invocation(w);
  w.invoke(1000);
  w.network.close(1);
  CHECK(!w.run(2000));
  CHECK(!w.conclude(2001));
}

}  // namespace vitals::runtime
