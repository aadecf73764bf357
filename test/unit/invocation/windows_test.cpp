#include "invocation/windows.h"

#include <array>
#include <tuple>

#include <string>
#include <vector>

#include "support/catch.h"
#include "support/history.h"

namespace vitals {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using namespace vitals::test;
using Ids = std::vector<std::string>;

namespace {

// The request ids of the lines that are ready, in their order.
Ids take_ready(Windows& windows) {
  Ids ids;
  while (const Window* window = windows.ready()) {
    ids.emplace_back(window->invoke.request_id.text());
    windows.pop();
  }
  return ids;
}

struct WithTelemetry : Windows {
  WithTelemetry() {
    expect_reports(true);
    apply(init_start());
  }
};

}  // namespace

TEST_CASE("with telemetry a line is ready when its window is closed and its report is there") {
  WithTelemetry windows;
  windows.open(invoke("a"), sample(0));
  CHECK(windows.current() != nullptr);
  CHECK(take_ready(windows).empty());
  CHECK(windows.apply(runtime_done("a")));
  windows.close(CloseReason::runtime_done, sample(10), {});
  CHECK(windows.current() == nullptr);
  CHECK(windows.waits_for_report());
  CHECK(take_ready(windows).empty());
  CHECK(!windows.apply(report("a")));
  CHECK(!windows.waits_for_report());
  CHECK(take_ready(windows) == Ids{"a"});
}

TEST_CASE("without telemetry a line is ready when its window is closed") {
  Windows windows;
  windows.open(invoke("a"), sample(0));
  windows.close(CloseReason::next_invoke, sample(10), {});
  CHECK(!windows.waits_for_report());
  CHECK(take_ready(windows) == Ids{"a"});
}

TEST_CASE("a report alone closes, too: runtimeDone may be lost") {
  WithTelemetry windows;
  windows.open(invoke("a"), sample(0));
  CHECK(windows.apply(report("a")));
}

TEST_CASE("the time limit is of the invocation's own start, of an earlier one's, or under an emulator of INVOKE") {
  struct Row {
    bool emulator;
    int starts;  // so many of the three invocations have a platform.start
    std::array<int, 3> limits;
  };
  const auto row =
      GENERATE(Row{false, 3, {3, 3, 3}}, Row{false, 1, {3, 3, 3}}, Row{false, 0, {0, 0, 0}}, Row{true, 0, {3, 3, 3}});
  Windows windows;
  windows.first_asked_at(at_ms(-200).steady);
  windows.apply(init_start());
  if (row.emulator) windows.on_emulator();
  for (int i = 0; i < 3; ++i) {
    const std::string id(1, static_cast<char>('a' + i));
    const std::int64_t start = i * 10'000;
    auto started = telemetry(lambda::TelemetryType::start, id);
    started.time = at_ms(start).wall;
    windows.open(invoke(id, start + 3000), sample(start + 120));
    if (i < row.starts) windows.apply(started);
    windows.close(CloseReason::next_invoke, sample(start + 200), {});
    const Window* const window = windows.ready();
    REQUIRE(window != nullptr);
    CHECK(window->time_limit.value_or(0s) == std::chrono::seconds{row.limits.at(static_cast<std::size_t>(i))});
    windows.pop();
  }
}

TEST_CASE(
    "the memory at the end is of the closing sample, unless the next invocation may have been under way by then") {
  Windows windows;
  const auto close = [&windows](CloseReason reason, const Sample& sample, std::int64_t next_ms) {
    windows.close(reason, sample, {});
    windows.open(invoke("next", next_ms + 3000), sample, at_ms(next_ms));
    const auto memory = windows.ready()->memory_end;
    windows.pop();
    return memory;
  };
  const auto sampled = [](std::int64_t ms, std::int64_t gauges_us) {
    Sample read = sample(ms);
    read.gauges.at = at_ms(ms).steady + std::chrono::microseconds{gauges_us};
    return read;
  };
  windows.open(invoke("a"), sample(0));
  constexpr std::uint64_t resident = 64 << 20;
  CHECK(close(CloseReason::runtime_done, sampled(40, 100), 100) == resident);
  CHECK(close(CloseReason::next_invoke, sampled(200, 200), 200) == resident);
  CHECK(!close(CloseReason::next_invoke, sampled(300, 600), 300));
  CHECK(!close(CloseReason::runtime_done, sampled(405, 0), 400));  // telemetry came after the thaw
  CHECK(!close(CloseReason::shutdown, sampled(500, 0), 600));
  CHECK(!close(CloseReason::signal, sampled(700, 0), 800));
  Sample in_doubt = sampled(900, 0);
  in_doubt.gauges.resident_bytes.reset();
  CHECK(!close(CloseReason::runtime_done, in_doubt, 1000));
}

TEST_CASE("a report is not waited for when a later one has come") {
  WithTelemetry windows;
  windows.open(invoke("a"), sample(0));
  windows.close(CloseReason::next_invoke, sample(10), {});
  windows.open(invoke("b"), sample(10));
  CHECK(take_ready(windows).empty());
  CHECK(windows.apply(runtime_done("b")));
  windows.close(CloseReason::runtime_done, sample(20), {});
  CHECK(take_ready(windows).empty());
  windows.apply(report("b"));
  CHECK(take_ready(windows) == Ids{"a", "b"});
}

TEST_CASE("quick invocations whose telemetry comes later than the next of them keep their reports") {
  WithTelemetry windows;
  for (const char* id : {"a", "b", "c"}) {
    windows.close(CloseReason::next_invoke, sample(10), {});
    windows.open(invoke(id), sample(10));
  }
  CHECK(take_ready(windows).empty());
  windows.apply(report("a"));
  CHECK(take_ready(windows) == Ids{"a"});
  windows.apply(report("b"));
  CHECK(take_ready(windows) == Ids{"b"});
}

TEST_CASE("reports that never come are waited for by a few windows and no more") {
  WithTelemetry windows;
  Ids written;
  for (int i = 0; i < 200; ++i) {
    windows.close(CloseReason::next_invoke, sample(10), {});
    windows.open(invoke(std::to_string(i)), sample(10));
    for (const auto& id : take_ready(windows)) written.push_back(id);
  }
  CHECK(written.size() == 199 - max_waiting_windows);
  CHECK(written.front() == "0");
}

TEST_CASE("lines come in invocation order, whatever order the reports come in") {
  WithTelemetry windows;
  windows.open(invoke("a"), sample(0));
  windows.close(CloseReason::next_invoke, sample(10), {});
  windows.open(invoke("b"), sample(10));
  CHECK(windows.apply(report("b")));
  CHECK(take_ready(windows) == Ids{"a"});
  windows.close(CloseReason::runtime_done, sample(20), {});
  CHECK(take_ready(windows) == Ids{"b"});
}

TEST_CASE("telemetry that comes before its INVOKE is kept for it") {
  WithTelemetry windows;
  windows.apply(telemetry(lambda::TelemetryType::start, "a"));
  CHECK(!windows.open(invoke("a"), sample(0)));
  CHECK(windows.current()->start);

  windows.close(CloseReason::next_invoke, sample(10), {});
  windows.apply(runtime_done("b"));
  windows.apply(report("b"));
  // The invocation is over before its INVOKE was read: what it used cannot be measured any more.
  CHECK(windows.open(invoke("b"), sample(10)));
  windows.close(CloseReason::runtime_done, sample(10), {});
  const Window* a = windows.ready();
  REQUIRE(a != nullptr);
  CHECK(a->usage);
  windows.pop();
  const Window* b = windows.ready();
  REQUIRE(b != nullptr);
  CHECK(!b->usage);
  CHECK(!b->memory_peak);
}

TEST_CASE("doubled telemetry changes nothing, and the first stands") {
  WithTelemetry windows;
  windows.open(invoke("a"), sample(0));
  CHECK(windows.apply(runtime_done("a", "success")));
  windows.close(CloseReason::runtime_done, sample(10), {});
  CHECK(!windows.apply(runtime_done("a", "failure")));
  windows.apply(report("a", "success"));
  windows.apply(report("a", "error"));
  REQUIRE(windows.ready() != nullptr);
  CHECK(windows.ready()->runtime_done->status == "success");
  CHECK(windows.ready()->report->status == "success");
  CHECK(take_ready(windows) == Ids{"a"});
  CHECK(!windows.apply(report("a")));
  windows.open(invoke("b"), sample(20));
  CHECK(!windows.current()->report);
}

TEST_CASE("telemetry of invocations that never came does not grow") {
  WithTelemetry windows;
  for (int i = 0; i < 10'000; ++i) windows.apply(report("forged-" + std::to_string(i)));
  CHECK(!windows.open(invoke("a"), sample(0)));
  CHECK(!windows.open(invoke("forged-5"), sample(0)));
}

TEST_CASE("an INVOKE that was handed out twice is one invocation, a retried one is another") {
  Windows windows;
  CHECK(!windows.is_repeated(invoke("a", 3000)));
  windows.open(invoke("a", 3000), sample(0));
  CHECK(windows.is_repeated(invoke("a", 3000)));
  windows.close(CloseReason::runtime_done, sample(1), {});
  CHECK(take_ready(windows) == Ids{"a"});
  CHECK(windows.is_repeated(invoke("a", 3000)));  // its line being written changes nothing
  CHECK(!windows.is_repeated(invoke("a", 63'000)));
  CHECK(!windows.is_repeated(invoke("b", 3000)));
}

TEST_CASE("SHUTDOWN releases what waits, in order, and is only on the newest line") {
  WithTelemetry windows;
  windows.open(invoke("a"), sample(0));
  windows.close(CloseReason::next_invoke, sample(10), {});
  windows.open(invoke("b"), sample(10));
  windows.close(CloseReason::shutdown, sample(20), {});
  windows.set_shutdown_reason("timeout");
  windows.release();
  REQUIRE(windows.ready() != nullptr);
  CHECK(windows.ready()->shutdown_reason.empty());
  windows.pop();
  REQUIRE(windows.ready() != nullptr);
  CHECK(windows.ready()->shutdown_reason == "timeout");
  CHECK(take_ready(windows) == Ids{"b"});
  CHECK(!windows.waits_for_report());
}

TEST_CASE("SHUTDOWN as the first event finds nothing to do") {
  WithTelemetry windows;
  windows.close(CloseReason::shutdown, sample(0), {});
  windows.set_shutdown_reason("spindown");
  windows.release();
  CHECK(windows.ready() == nullptr);
  CHECK(!windows.waits_for_report());
}

TEST_CASE("the window holds what was used between its edges and the peaks inside") {
  Windows windows;
  windows.open(invoke("a"), sample(0, 30ms));
  CHECK(windows.current()->init_cpu == 30ms);
  Gauges spike;
  spike.resident_bytes = 200 * 1024 * 1024;
  windows.current()->peaks.add(spike);
  windows.close(CloseReason::next_invoke, sample(100, 75ms), {});
  const Window* window = windows.ready();
  REQUIRE(window != nullptr);
  CHECK(window->usage->cpu_total == 45ms);
  CHECK(window->memory_peak == 200 * 1024 * 1024);
  windows.pop();
  windows.open(invoke("b"), sample(100, 75ms));
  CHECK(!windows.current()->init_cpu);
  CHECK(windows.current()->number == 2);
  CHECK(!windows.current()->first);
}

TEST_CASE("a window follows on the one before it, but for the first") {
  WithTelemetry windows;
  CHECK(!windows.next_follows());
  windows.open(invoke("a"), sample(0, 5ms));
  CHECK(!windows.next_follows());
  windows.close(CloseReason::runtime_done, sample(10, 8ms), {});
  CHECK(windows.next_follows());
}

TEST_CASE("of an invocation that was over before its INVOKE was read, the usage is known as its window follows") {
  WithTelemetry windows;
  windows.open(invoke("a"), sample(0, 5ms));
  windows.close(CloseReason::runtime_done, sample(10, 8ms), {});
  windows.apply(runtime_done("b"));
  CHECK(windows.open(invoke("b"), sample(5000, 8ms)));
  windows.close(CloseReason::runtime_done, sample(5000, 12ms), {});
  windows.release();
  windows.pop();
  REQUIRE(windows.ready()->usage);
  CHECK(windows.ready()->usage->cpu_total == 4ms);
}

TEST_CASE(
    "a sample that was late for the next invocation puts CPU time of both windows at risk, at most what was used") {
  const auto [late_ms, used, risk] = GENERATE(std::tuple<std::int64_t, nanoseconds, nanoseconds>{0, 50ms, 0ms},
                                              std::tuple<std::int64_t, nanoseconds, nanoseconds>{10, 50ms, 9ms},
                                              std::tuple<std::int64_t, nanoseconds, nanoseconds>{10, 3ms, 3ms});
  WithTelemetry windows;
  windows.open(invoke("a", 3000), sample(0, 5ms));
  windows.close(CloseReason::next_invoke, sample(5000 + late_ms, 5ms + used), {});
  windows.open(invoke("b", 8000), sample(5000 + late_ms, 5ms + used));
  CHECK(windows.current()->opening_risk == risk);
  windows.release();
  CHECK(windows.ready()->closing_risk == risk);
  CHECK(windows.ready()->opening_risk == 0ms);
}

TEST_CASE("the first window's lateness is that of its platform.start") {
  WithTelemetry windows;
  windows.first_asked_at(at_ms(-100).steady);
  windows.open(invoke("a", 500), sample(10, 5ms), at_ms(4));
  CHECK(windows.current()->late == 0ms);  // by a timeout of whole seconds it would have started before it could
  auto start = telemetry(lambda::TelemetryType::start, "a");
  start.time = at_ms(0).wall;
  windows.apply(start);
  CHECK(windows.current()->late == 4ms);
  CHECK(windows.current()->opening_risk == 9ms);
}

TEST_CASE("the function may have run while this extension waited for the CPU, and no longer") {
  WithTelemetry windows;
  auto first = invoke("a", 3004);
  first.arrived = at_ms(5).wall;
  windows.first_asked_at(at_ms(-100).steady);
  windows.open(first, sample(7, 5ms), at_ms(6));
  CHECK(windows.current()->opening_risk == 2ms);
  windows.close(CloseReason::next_invoke, sample(5003, 50ms), {});
  auto second = invoke("b", 8000);
  second.arrived = at_ms(5001).wall;
  windows.open(second, sample(5003, 50ms), at_ms(5003));
  CHECK(windows.current()->opening_risk == 2ms);  // of 3 ms since its start, 1 of which truncated times can make up
}

TEST_CASE("an invocation counts from the arrival of its INVOKE, not from the look that follows it") {
  Windows windows;
  windows.open(invoke("a"), sample(3, 5ms), at_ms(0));
  windows.close(CloseReason::observed, sample(30, 8ms), at_ms(2).steady);
  const Window* const window = windows.ready();
  REQUIRE(window != nullptr);
  CHECK(*window->end - window->opened.steady == 2ms);
  CHECK(window->usage->cpu_total == 3ms);
}

}  // namespace vitals
