// The end of an invocation, for the clients that runtimes have and what is beside them.
#include "unit/runtime_watch/watched_connections.h"

namespace vitals::runtime {

TEST_CASE("one connection: over when the response has been answered and the runtime polls again") {
  Warm w;
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
  Warm w;
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

TEST_CASE("work after the response: not over until the runtime polls") {
  Warm w;
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

TEST_CASE("an extension in the runtime's process") {
  WithInternalExtension w;
  const bool for_invoke = GENERATE(true, false);
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
  WithInternalExtension w;
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

TEST_CASE(
    "a first invocation that was over before the first sample, with a large event: not known until the next INVOKE") {
  Watched w;
  w.network.send(1, -1, poll);
  w.network.receive(1, 0, 10'000, 3);
  w.network.send(1, 0.5, post);
  w.network.receive(1, 0.6, answer);
  w.network.send(1, 0.7, poll);
  w.invoke(1);
  CHECK(!w.run(3000));
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

}  // namespace vitals::runtime
