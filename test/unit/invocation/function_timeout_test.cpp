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

}  // namespace vitals
