#include "invocation/function_timeout.h"

#include "support/catch.h"
#include "support/history.h"

namespace vitals {

using namespace std::chrono_literals;
using namespace vitals::test;

TEST_CASE("two starts that agree prove the timeout") {
  FunctionTimeout timeout;
  timeout.on_start(at_ms(3000).wall, at_ms(0).wall);
  CHECK(!timeout.proven());
  SECTION("the same start twice proves nothing") {
    timeout.on_start(at_ms(3000).wall, at_ms(0).wall);
    CHECK(!timeout.proven());
  }
  SECTION("another start and its deadline") {
    timeout.on_start(at_ms(13'010).wall, at_ms(10'000).wall);
    CHECK(timeout.proven() == 3010ms);
  }
  SECTION("another start and the deadline of a retry") {
    timeout.on_start(at_ms(70'000).wall, at_ms(10'000).wall);
    CHECK(!timeout.proven());
  }
  SECTION("a timeout that no function has") {
    timeout.on_start(at_ms(10'000).wall, at_ms(10'001).wall);
    timeout.on_start(at_ms(20'000).wall, at_ms(20'001).wall);
    CHECK(!timeout.proven());
  }
}

TEST_CASE("the estimate is of the first INVOKE, until a start is known to be of the same attempt") {
  FunctionTimeout timeout;
  CHECK(!timeout.estimate());
  timeout.on_invoke(at_ms(2600).wall, at_ms(0), 900ms);
  CHECK(timeout.estimate() == 3s);
  timeout.on_invoke(at_ms(99'000).wall, at_ms(90'000), 80s);
  CHECK(timeout.estimate() == 3s);
  timeout.on_own_start(at_ms(2600).wall, at_ms(100).wall);
  CHECK(timeout.estimate() == 2500ms);
  timeout.on_own_start(at_ms(9000).wall, at_ms(100).wall);
  CHECK(timeout.estimate() == 2500ms);
}

TEST_CASE("a deadline less its start is the setting, where it is close to whole seconds that a function may have") {
  for (const std::int64_t s : {1, 3, 29, 900}) {
    for (const std::int64_t off : {-100, -1, 0, 1, 100}) {
      CHECK(timeout_setting(at_ms(s * 1000 + off).wall, at_ms(0).wall) == std::chrono::seconds{s});
    }
    for (const std::int64_t off : {-500, -101, 101, 400}) {
      CHECK(!timeout_setting(at_ms(s * 1000 + off).wall, at_ms(0).wall));
    }
  }
  CHECK(!timeout_setting(at_ms(0).wall, at_ms(0).wall));
  CHECK(!timeout_setting(at_ms(0).wall, at_ms(3000).wall));
  CHECK(!timeout_setting(at_ms(901'000).wall, at_ms(0).wall));
}

TEST_CASE("the setting is of the first own start that shows it") {
  FunctionTimeout timeout;
  timeout.on_invoke(at_ms(2999).wall, at_ms(0), 100ms);
  CHECK(!timeout.setting());  // the clock may be wrong, as after a thaw
  timeout.on_own_start(at_ms(2400).wall, at_ms(0).wall);
  CHECK(!timeout.setting());
  timeout.on_own_start(at_ms(13'000).wall, at_ms(10'000).wall);
  CHECK(timeout.setting() == 3s);
}

TEST_CASE("under an emulator an INVOKE shows the setting, unless it may be late by a second") {
  FunctionTimeout timeout;
  timeout.on_emulator();
  SECTION("soon after the first event was requested") {
    timeout.on_invoke(at_ms(2150).wall, at_ms(0), 850ms);
    CHECK(timeout.setting() == 3s);
  }
  SECTION("soon after the INVOKE before it") {
    timeout.on_invoke(at_ms(1200).wall, at_ms(0), 1800ms);  // with its init phase
    CHECK(!timeout.setting());
    timeout.on_invoke(at_ms(3500).wall, at_ms(800), 800ms);
    CHECK(timeout.setting() == 3s);
  }
  SECTION("two that agree, of which none may have an init phase in it") {
    timeout.on_invoke(at_ms(1200).wall, at_ms(0), 1800ms);
    timeout.on_invoke(at_ms(10'800).wall, at_ms(9000), 9s);  // late by 1.2 s
    CHECK(!timeout.setting());
    timeout.on_invoke(at_ms(22'990).wall, at_ms(20'000), 11s);
    CHECK(!timeout.setting());
    timeout.on_invoke(at_ms(32'990).wall, at_ms(30'000), 10s);
    CHECK(timeout.setting() == 3s);
  }
  SECTION("a deadline that has passed, or that no function has, shows nothing") {
    timeout.on_invoke(at_ms(-1).wall, at_ms(0), 100ms);
    timeout.on_invoke(at_ms(1'000'100).wall, at_ms(100), 100ms);
    CHECK(!timeout.setting());
  }
}

}  // namespace vitals
