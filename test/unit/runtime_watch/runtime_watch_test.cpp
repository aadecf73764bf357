// The end of an invocation, for the clients that runtimes have and what is beside them.
#include "unit/runtime_watch/watched_connections.h"

namespace vitals::runtime {

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

TEST_CASE("the first response is streamed, with pauses of any length: nothing is learned from it") {
  Watched w;
  const double pause = GENERATE(55.0, 160.0, 210.0, 3000.0);
  const bool each_request = GENERATE(true, false);
  const std::uint64_t piece = GENERATE(std::uint64_t{40}, std::uint64_t{140});
  const std::uint64_t inode = each_request ? 2 : 1;
  if (!each_request) {
    w.network.send(1, -1, poll);
    w.network.receive(1, 0, event);
  }
  double now = 0;
  for (int invocation = 0; invocation < 4; ++invocation) {
    w.network.send(inode, now + 0.5, 140);
    w.invoke(now += 1);
    for (int i = 0; i < 4; ++i) {
      CHECK(!w.run(now += pause));
      w.network.send(inode, now, piece);
    }
    w.network.receive(inode, now, answer);
    if (each_request) w.network.close(inode);
    const std::uint64_t next = each_request ? 3 : 1;
    w.network.send(next, now, poll);
    const auto ending = w.run(now + 300);
    if (ending) CHECK((*ending >= at(now - 4) && *ending <= at(now + 4)));
    if (invocation == 3) CHECK(ending);
    now += 1000;
    const auto seen = w.conclude(now);
    if (seen) CHECK(!ending);
    w.network.receive(next, now, event);
    if (each_request) w.network.close(next);
  }
}

TEST_CASE("a streamed response that ends just before the next INVOKE is not taken for the poll") {
  Watched w;
  w.network.send(2, 0.5, 140);
  w.invoke(1);
  CHECK(!w.run(400));
  w.network.close(2);
  CHECK(!w.conclude(401));
  w.network.send(4, 401.5, 140);
  w.invoke(402);
  CHECK(!w.run(3000));
}

TEST_CASE("a poll whose connection is closed by the next INVOKE: it is known if no other connection was opened") {
  Watched w;
  w.invoke(1);
  w.network.send(3, 100, poll);
  for (const double ms : {101.0, 180.0}) {
    CHECK(!w.watch.observe(at(ms), w.network.read(ms), 7));
    CHECK(w.watch.presumes_poll());
  }
  w.network.close(3);
  const std::uint64_t opened = GENERATE(std::uint64_t{7}, std::uint64_t{8}, std::uint64_t{9});
  const std::uint64_t request = GENERATE(std::uint64_t{0}, poll - 1, poll, post);
  if (request > 0) w.network.send(4, 200, request);
  const auto end = w.watch.conclude(at(201), w.network.read(201), opened);
  const bool known = opened == 7 || (opened == 8 && request == post);
  REQUIRE(end.has_value() == known);
  if (known) CHECK((*end >= at(96) && *end <= at(104)));
}

TEST_CASE("of two requests in one invocation, each with its connection, the second one is the poll unless it is longer") {
  Watched w;
  const std::uint64_t first = GENERATE(poll, post);
  const std::uint64_t second = GENERATE(poll, post);
  w.network.send(2, 0.5, first);
  w.invoke(1);
  CHECK(!w.run(100));
  w.network.close(2);
  w.network.send(3, 100, second);
  const auto end = w.run(200);
  CHECK(end.has_value() == (second <= first));
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
  SECTION("a connection for every request: it may be the response, streamed, until the next INVOKE finds it waiting") {
    w.network.send(3, 0.7, poll);
    w.invoke(1);
    CHECK(!w.run(3000));
    const auto end = w.conclude(3001);
    REQUIRE(end);
    CHECK(*end == at(2));
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
