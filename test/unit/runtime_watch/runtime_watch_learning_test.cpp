// The size of the runtime's poll: what it is learned from, and what must not be taken for a poll until then.
#include "unit/runtime_watch/watched_connections.h"

namespace vitals::runtime {

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

TEST_CASE(
    "of two requests in one invocation, each with its connection, the second one is the poll unless it is longer") {
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

}  // namespace vitals::runtime
