// The end of an invocation, around the next INVOKE, a freeze and the end of the sandbox.
#include "unit/runtime_watch/watched_connections.h"

namespace vitals::runtime {

TEST_CASE("the next INVOKE proves that the runtime polled before it") {
  Warm w;
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
  Warm w;
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
  Warm w;
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
  Warm w;
  w.invoke(1000);
  w.network.close(1);
  CHECK(!w.run(2000));
  CHECK(!w.conclude(2001));
}

}  // namespace vitals::runtime
