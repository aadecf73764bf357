#include "runtime_watch/runtime_watch.h"

#include <chrono>
#include <vector>

#include "support/catch.h"
#include "support/history.h"

namespace vitals::runtime {

using namespace std::chrono_literals;
using Connections = std::vector<RuntimeConnection>;

namespace {

SteadyTime at(std::int64_t ms) {
  return test::at_ms(ms).steady;
}

RuntimeConnection connection(std::uint64_t inode, std::uint32_t sent, std::uint32_t received,
                             std::chrono::milliseconds since_sent, std::chrono::milliseconds since_received) {
  return {inode, sent, received, since_sent, since_received};
}

}  // namespace

TEST_CASE("a runtime that keeps one connection: over when it has answered and asks again for a while") {
  RuntimeWatch watch;
  watch.start(at(0), Connections{connection(1, 1, 0, 500ms, 900ms)});            // waits since long ago
  CHECK(!watch.observe(at(10), Connections{connection(1, 1, 1, 510ms, 10ms)}));  // works
  CHECK(!watch.observe(at(20), Connections{connection(1, 1, 1, 520ms, 20ms)}));
  CHECK(!watch.settles());
  CHECK(!watch.observe(at(40), Connections{connection(1, 3, 2, 8ms, 9ms)}));  // answered, and asked again
  CHECK(watch.settles() == at(52));
  CHECK(watch.observe(at(60), Connections{connection(1, 3, 2, 28ms, 29ms)}) == at(32));
}

TEST_CASE("between the response and the request for the next one it looks the same, and is not believed") {
  RuntimeWatch watch;
  watch.start(at(0), Connections{connection(1, 1, 0, 500ms, 900ms)});
  CHECK(!watch.observe(at(10), Connections{connection(1, 2, 1, 1ms, 10ms)}));  // the response is on its way
  CHECK(!watch.observe(at(12), Connections{connection(1, 2, 1, 3ms, 12ms)}));
  CHECK(!watch.observe(at(14), Connections{connection(1, 3, 2, 1ms, 1ms)}));  // the request for the next one, too
  CHECK(!watch.observe(at(30), Connections{connection(1, 3, 2, 17ms, 17ms)}));
  CHECK(watch.observe(at(34), Connections{connection(1, 3, 2, 21ms, 21ms)}) == at(13));
}

TEST_CASE("a runtime with a connection for every request") {
  RuntimeWatch watch;
  watch.start(at(0), Connections{connection(1, 1, 0, 100ms, 100ms)});
  CHECK(!watch.observe(at(10), Connections{}));                                // its connection is closed, it works
  CHECK(!watch.observe(at(20), Connections{connection(2, 1, 0, 0ms, 0ms)}));   // posts the response
  CHECK(!watch.observe(at(30), Connections{connection(3, 1, 0, 4ms, 30ms)}));  // asks for the next
  CHECK(watch.observe(at(50), Connections{connection(3, 1, 0, 24ms, 50ms)}) == at(26));
}

TEST_CASE("a function so quick that its runtime asks for the next one before anybody looked") {
  RuntimeWatch watch;
  watch.start(at(0), Connections{connection(2, 1, 0, 4ms, 4ms)});
  CHECK(watch.settles() == at(100));
  CHECK(!watch.observe(at(50), Connections{connection(2, 1, 0, 54ms, 54ms)}));
  CHECK(watch.observe(at(100), Connections{connection(2, 1, 0, 104ms, 104ms)}) == at(0));
}

TEST_CASE("what waits at the INVOKE and then has its answer works on it") {
  RuntimeWatch watch;
  watch.start(at(0), Connections{connection(2, 1, 0, 4ms, 4ms)});
  SECTION("on a connection that is kept") {
    CHECK(!watch.observe(at(50), Connections{connection(2, 1, 1, 54ms, 45ms)}));
    CHECK(!watch.observe(at(150), Connections{connection(2, 1, 1, 154ms, 145ms)}));
  }
  SECTION("on one that is closed") {
    CHECK(!watch.observe(at(50), Connections{}));
    CHECK(!watch.observe(at(150), Connections{}));
  }
  CHECK(!watch.settles());
}

TEST_CASE("a poll of somebody else that the INVOKE does not answer says nothing of a runtime that works") {
  RuntimeWatch watch;
  SECTION("in a later window") {
    watch.start(at(-900), Connections{connection(1, 1, 1, 500ms, 500ms)});
  }
  watch.start(at(0), Connections{connection(1, 3, 2, 8ms, 9ms), connection(2, 2, 1, 4ms, 8ms)});
  CHECK(!watch.observe(at(50), Connections{connection(1, 3, 3, 58ms, 49ms), connection(2, 2, 1, 54ms, 58ms)}));
  CHECK(!watch.observe(at(120), Connections{connection(1, 3, 3, 128ms, 119ms), connection(2, 2, 1, 124ms, 128ms)}));
  CHECK(!watch.observe(at(500), Connections{connection(1, 3, 3, 508ms, 499ms), connection(2, 2, 1, 504ms, 508ms)}));
}

TEST_CASE("after an answer nothing is due until the runtime asks again") {
  RuntimeWatch watch;
  watch.start(at(0), Connections{connection(1, 1, 0, 4ms, 4ms)});
  CHECK(watch.settles());
  CHECK(!watch.observe(at(100), Connections{connection(1, 2, 2, 60ms, 50ms)}));
  CHECK(!watch.settles());
}

TEST_CASE("what has waited since before the INVOKE is not taken for a quick one, however late its answer is") {
  RuntimeWatch watch;
  watch.start(at(0), Connections{connection(2, 1, 0, 500ms, 500ms)});
  CHECK(!watch.settles());
  CHECK(!watch.observe(at(200), Connections{connection(2, 1, 0, 700ms, 700ms)}));
}

TEST_CASE("a function that works is not over, however long it takes") {
  RuntimeWatch watch;
  watch.start(at(0), Connections{connection(1, 5, 4, 20ms, 20ms)});
  for (int ms = 1; ms < 10'000; ms += 20) {
    CHECK(!watch.observe(
        at(ms), Connections{connection(1, 5, 5, std::chrono::milliseconds{20 + ms}, std::chrono::milliseconds{ms})}));
  }
}

TEST_CASE("a response in many pieces is over after the last") {
  RuntimeWatch watch;
  watch.start(at(0), Connections{connection(1, 1, 0, 20ms, 20ms)});
  for (std::uint32_t piece = 2; piece < 50; ++piece) {
    CHECK(!watch.observe(at(piece * 10), Connections{connection(1, piece, 1, 1ms, 100ms)}));
  }
  CHECK(watch.observe(at(510), Connections{connection(1, 49, 1, 21ms, 120ms)}) == at(489));
}

TEST_CASE("the next INVOKE shows that the runtime has asked for it, though it has not settled") {
  RuntimeWatch watch;
  watch.start(at(0), Connections{connection(1, 1, 0, 20ms, 20ms)});
  CHECK(!watch.observe(at(2), Connections{connection(1, 1, 1, 22ms, 2ms)}));
  CHECK(watch.conclude(at(7), Connections{connection(1, 3, 2, 2ms, 2ms)}) == at(5));
  CHECK(watch.conclude(at(7), Connections{connection(1, 3, 3, 2ms, 0ms)}) ==
        at(5));  // it has its next invocation already
  // What it had sent until then is not taken for the answer to the next one.
  watch.start(at(7), Connections{connection(1, 3, 2, 2ms, 2ms)});
  CHECK(!watch.observe(at(50), Connections{connection(1, 3, 3, 45ms, 43ms)}));
  CHECK(!watch.conclude(at(90), Connections{connection(1, 3, 3, 85ms, 83ms)}));
}

TEST_CASE("a quick function that answers before the first look of the next window is seen, too") {
  RuntimeWatch watch;
  watch.start(at(0), Connections{connection(1, 1, 0, 9ms, 9ms)});
  CHECK(!watch.observe(at(10), Connections{connection(1, 3, 2, 1ms, 1ms)}));
  CHECK(watch.observe(at(40), Connections{connection(1, 3, 2, 31ms, 31ms)}) == at(9));
  watch.start(at(100), Connections{connection(1, 5, 4, 0ms, 0ms)});  // answered already
  CHECK(!watch.observe(at(102), Connections{connection(1, 5, 4, 2ms, 2ms)}));
  CHECK(watch.observe(at(122), Connections{connection(1, 5, 4, 22ms, 22ms)}) == at(100));
}

TEST_CASE("the first function of all that answers before the first look is seen, too") {
  RuntimeWatch watch;
  watch.start(at(0), Connections{connection(1, 3, 2, 0ms, 0ms)});
  CHECK(!watch.observe(at(2), Connections{connection(1, 3, 2, 2ms, 2ms)}));
  CHECK(watch.observe(at(22), Connections{connection(1, 3, 2, 22ms, 22ms)}) == at(0));
}

TEST_CASE("at the end of the sandbox the last look is believed, though nothing has settled") {
  RuntimeWatch watch;
  watch.start(at(0), Connections{connection(1, 1, 0, 50ms, 50ms)});
  CHECK(!watch.last_look(at(5), Connections{connection(1, 1, 1, 55ms, 5ms)}));  // works
  CHECK(watch.last_look(at(10), Connections{connection(1, 3, 2, 1ms, 1ms)}) == at(9));
  CHECK(watch.last_look(at(12), Connections{}) == at(9));  // the runtime was ended before us
}

TEST_CASE("the coarse tick of the kernel does not put the end before a look that found nothing") {
  RuntimeWatch watch;
  watch.start(at(0), Connections{connection(1, 1, 0, 50ms, 50ms)});
  CHECK(!watch.observe(at(8), Connections{connection(1, 1, 1, 58ms, 8ms)}));
  CHECK(!watch.observe(at(10), Connections{connection(1, 3, 2, 10ms, 10ms)}));
  CHECK(watch.observe(at(30), Connections{connection(1, 3, 2, 30ms, 30ms)}) == at(8));
}

TEST_CASE("a look just after the thaw does not take the quick answer that follows for the end of the one before") {
  RuntimeWatch watch;
  watch.start(at(0), Connections{connection(1, 1, 0, 50ms, 50ms)});
  CHECK(!watch.observe(at(10), Connections{connection(1, 1, 1, 60ms, 10ms)}));
  CHECK(!watch.observe(at(460), Connections{connection(1, 5, 4, 2ms, 3ms)}));  // frozen in between
  CHECK(!watch.conclude(at(461), Connections{connection(1, 5, 4, 3ms, 4ms)}));
}

TEST_CASE("a runtime that has gone is not one that waits") {
  RuntimeWatch watch;
  watch.start(at(0), Connections{connection(1, 1, 0, 50ms, 50ms)});
  CHECK(!watch.observe(at(8), Connections{}));
  CHECK(!watch.observe(at(60), Connections{}));
  CHECK(!watch.conclude(at(70), Connections{}));
}

TEST_CASE("after a freeze what was sent a moment ago may be the next invocation's") {
  RuntimeWatch watch;
  watch.start(at(0), Connections{connection(1, 1, 0, 500ms, 900ms)});
  CHECK(!watch.observe(at(10), Connections{connection(1, 1, 1, 510ms, 10ms)}));
  SECTION("nothing since: the request from before the freeze") {
    CHECK(watch.conclude(at(5000), Connections{connection(1, 3, 3, 4960ms, 0ms)}) == at(40));
  }
  SECTION("a quick function has answered already") {
    CHECK(!watch.conclude(at(5000), Connections{connection(1, 5, 4, 0ms, 0ms)}));
  }
}

}  // namespace vitals::runtime
