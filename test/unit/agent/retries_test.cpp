// An invocation that is retried in the sandbox of its first attempt, with the same request id: whose is the telemetry?
// The first attempt ran from 0 to 20 ms, the second one from 60,000 to 60,050 ms; this process's clock may say
// anything.
#include <algorithm>
#include <string>
#include <vector>

#include "agent/windows.h"
#include "support/catch.h"
#include "support/history.h"

namespace vitals {

using namespace std::chrono_literals;
using namespace vitals::test;
using lambda::TelemetryEvent;
using lambda::TelemetryType;

namespace {

TelemetryEvent made(TelemetryType type, std::int64_t ms, const std::string& status = {}) {
  auto event = telemetry(type, "a");
  event.time = at_ms(ms).wall;
  event.status = status;
  return event;
}

const TelemetryEvent start_1 = made(TelemetryType::start, 0);
const TelemetryEvent done_1 = made(TelemetryType::runtime_done, 19, "error");
const TelemetryEvent report_1 = made(TelemetryType::report, 20, "error");
const TelemetryEvent start_2 = made(TelemetryType::start, 60'000);
const TelemetryEvent done_2 = made(TelemetryType::runtime_done, 60'049, "success");
const TelemetryEvent report_2 = made(TelemetryType::report, 60'050, "success");

class Sandbox {
 public:
  // `timeout` of the function, in ms.
  explicit Sandbox(std::int64_t timeout = 3000) : timeout_(timeout) { windows_.expect_reports(true); }

  void first_attempt() { open(0, 0ms); }
  // The sandbox has thawed for it: the wall clock is where it was at the freeze, or anywhere else.
  void second_attempt(std::chrono::milliseconds clock_error = -59'990ms) {
    windows_.close(CloseReason::next_invoke, sample(60'000), {});
    take_ready();
    open(60'000, clock_error);
  }
  // True when it ends the open window.
  bool tell(const TelemetryEvent& event) {
    const bool over = windows_.apply(event);
    if (over) windows_.close(CloseReason::runtime_done, sample(70'000), {});
    take_ready();
    return over;
  }
  // The windows as they were written, and those that never were.
  const std::vector<Window>& end() {
    windows_.close(CloseReason::shutdown, sample(80'000), {});
    windows_.release();
    take_ready();
    return written_;
  }

  Windows& windows() { return windows_; }
  void take_ready() {
    for (const Window* window = windows_.ready(); window != nullptr; window = windows_.ready()) {
      written_.push_back(*window);
      windows_.pop();
    }
  }

 private:
  void open(std::int64_t ms, std::chrono::milliseconds clock_error) {
    TimePoint arrived = at_ms(ms);
    arrived.wall += clock_error;
    if (windows_.open(invoke("a", ms + timeout_), sample(ms), arrived)) {
      windows_.close(CloseReason::runtime_done, sample(ms), {});
    }
  }

  Windows windows_;
  std::int64_t timeout_;
  std::vector<Window> written_;
};

bool is(const std::optional<TelemetryEvent>& held, const TelemetryEvent& event) {
  return held && held->type == event.type && held->time == event.time;
}
bool is_or_none(const std::optional<TelemetryEvent>& held, const TelemetryEvent& event) {
  return !held || is(held, event);
}

// A line is written with its report: what comes behind that is too late for it.
void check_whole(const std::vector<Window>& written) {
  REQUIRE(written.size() == 2);
  CHECK(is_or_none(written[0].start, start_1));
  CHECK(is_or_none(written[0].runtime_done, done_1));
  CHECK(is(written[0].report, report_1));
  CHECK(is(written[1].start, start_2));
  CHECK(is(written[1].runtime_done, done_2));
  CHECK(is(written[1].report, report_2));
}

std::vector<TelemetryEvent> in_order(std::vector<TelemetryEvent> events, const std::vector<int>& order) {
  std::vector<TelemetryEvent> result;
  result.reserve(order.size());
  for (const int i : order) result.push_back(events[static_cast<std::size_t>(i)]);
  return result;
}

}  // namespace

TEST_CASE("the first attempt's telemetry that comes after the retry's INVOKE is the first attempt's, in any order") {
  const auto clock_error = GENERATE(-59'990ms, -3'600'000ms, 0ms, 3'600'000ms);
  const std::int64_t timeout = GENERATE(3000, 900'000);
  const int known = GENERATE(0, 1, 2);  // so many events came before the freeze
  std::vector<int> order{0, 1, 2};
  do {
    Sandbox sandbox{timeout};
    sandbox.first_attempt();
    const auto first = in_order({start_1, done_1, report_1}, order);
    for (int i = 0; i < known; ++i) sandbox.tell(first[static_cast<std::size_t>(i)]);
    sandbox.second_attempt(clock_error);
    for (std::size_t i = static_cast<std::size_t>(known); i < first.size(); ++i) CHECK(!sandbox.tell(first[i]));
    for (const auto& event : {start_2, done_2, report_2}) sandbox.tell(event);
    check_whole(sandbox.end());
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("the first attempt's report that comes after the retry's start is the first attempt's") {
  Sandbox sandbox;
  sandbox.first_attempt();
  sandbox.tell(start_1);
  sandbox.tell(done_1);
  sandbox.second_attempt();
  CHECK(!sandbox.tell(start_2));
  CHECK(!sandbox.tell(report_1));
  CHECK(sandbox.tell(done_2));
  sandbox.tell(report_2);
  check_whole(sandbox.end());
}

TEST_CASE("the retry's telemetry in any order, when the first attempt's has come") {
  std::vector<int> order{0, 1, 2};
  do {
    Sandbox sandbox{900'000};
    sandbox.first_attempt();
    for (const auto& event : {start_1, done_1, report_1}) sandbox.tell(event);
    sandbox.second_attempt();
    for (const auto& event : in_order({start_2, done_2, report_2}, order)) sandbox.tell(event);
    const auto& written = sandbox.end();
    REQUIRE(written.size() == 2);
    CHECK(is(written[1].report, report_2));
    CHECK(is_or_none(written[1].runtime_done, done_2));
    CHECK(is_or_none(written[1].start, start_2));
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("telemetry of both attempts that is delivered twice changes nothing") {
  Sandbox sandbox;
  sandbox.first_attempt();
  const std::vector<TelemetryEvent> first{start_1, done_1, report_1};
  for (const auto& event : first) sandbox.tell(event);
  sandbox.second_attempt();
  for (const auto& event : first) CHECK(!sandbox.tell(event));
  sandbox.tell(start_2);
  for (const auto& event : first) CHECK(!sandbox.tell(event));
  sandbox.tell(done_2);
  for (const auto& event : first) CHECK(!sandbox.tell(event));
  sandbox.tell(report_2);
  check_whole(sandbox.end());
}

TEST_CASE("any one event of both attempts may be lost") {
  const std::vector<TelemetryEvent> events{start_1, done_1, report_1, start_2, done_2, report_2};
  const std::int64_t timeout = GENERATE(3000, 900'000);
  const std::size_t known = GENERATE(0U, 1U, 2U, 3U);  // so many of the first attempt's came before the freeze
  for (std::size_t lost = 0; lost < events.size(); ++lost) {
    Sandbox sandbox{timeout};
    sandbox.first_attempt();
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (i == known) sandbox.second_attempt();
      if (i != lost) sandbox.tell(events[i]);
    }
    const auto& written = sandbox.end();
    REQUIRE(written.size() == 2);
    CAPTURE(lost, known, timeout);
    CHECK((lost == 0 ? !written[0].start : is(written[0].start, start_1)));
    CHECK((lost == 1 ? !written[0].runtime_done : is(written[0].runtime_done, done_1)));
    CHECK((lost == 2 ? !written[0].report : is(written[0].report, report_1)));
    CHECK((lost == 3 ? !written[1].start : is(written[1].start, start_2)));
    CHECK((lost == 4 ? !written[1].runtime_done : is(written[1].runtime_done, done_2)));
    CHECK((lost == 5 ? !written[1].report : is(written[1].report, report_2)));
  }
}

TEST_CASE("in sync mode the first attempt's line is out before its report comes, which does not end the retry") {
  Sandbox sandbox;
  sandbox.windows().expect_reports(false);
  sandbox.first_attempt();
  sandbox.tell(start_1);
  CHECK(sandbox.tell(done_1));
  sandbox.second_attempt();
  CHECK(!sandbox.tell(report_1));
  CHECK(!sandbox.tell(start_2));
  CHECK(sandbox.tell(done_2));
  const auto& written = sandbox.end();
  REQUIRE(written.size() == 2);
  CHECK(is(written[1].runtime_done, done_2));
  CHECK(!written[1].report);
}

TEST_CASE("what the retry's telemetry tells before its INVOKE is read is kept for it") {
  Sandbox sandbox;
  SECTION("while the first attempt waits for its report") {
    sandbox.first_attempt();
    sandbox.tell(start_1);
    sandbox.tell(done_1);
    CHECK(!sandbox.tell(start_2));
    CHECK(!sandbox.tell(done_2));
  }
  SECTION("when the first attempt's line is out") {
    sandbox.first_attempt();
    for (const auto& event : {start_1, done_1, report_1}) sandbox.tell(event);
    CHECK(!sandbox.tell(start_2));
    CHECK(!sandbox.tell(done_2));
  }
  sandbox.second_attempt();
  CHECK(sandbox.windows().current() == nullptr);  // it was over before
  sandbox.tell(report_1);
  const auto& written = sandbox.end();
  REQUIRE(written.size() == 2);
  CHECK(is(written[0].report, report_1));
  CHECK(is(written[1].start, start_2));
  CHECK(is(written[1].runtime_done, done_2));
}

TEST_CASE("a platform whose times make no sense ends a window all the same, when its request id is the only one") {
  Windows windows;
  windows.open(invoke("a"), sample(0));
  CHECK(!windows.apply(made(TelemetryType::start, 5000)));
  CHECK(windows.apply(made(TelemetryType::runtime_done, 1000)));
}

}  // namespace vitals
