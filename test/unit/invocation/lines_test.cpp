#include "invocation/lines.h"

#include <string>
#include <vector>

#include "support/catch.h"
#include "support/clocked_life_cycle.h"
#include "support/closed_window.h"
#include "support/on_demand_sandbox.h"

using namespace vitals;
using namespace vitals::test;

namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t start_ms = 1'700'000'040'000;  // of a minute

using Texts = std::vector<std::string>;

// What becomes of records: "id reason weight" of each line, the ids of those that are summarized.
struct Chosen {
  Texts own;
  Texts summarized;
  CallingSink sink{[this](const InvocationRecord& record) {
                     std::string line = text(record, Field::request_id) + " " + text(record, Field::line_reason);
                     if (record.has(Field::sample_weight))
                       line += " " + std::to_string(number(record, Field::sample_weight));
                     own.push_back(line);
                   },
                   [this](const InvocationRecord& record) {
                     CHECK_FALSE(record.has(Field::line_reason));
                     summarized.push_back(text(record, Field::request_id));
                   }};
  Lines lines;

  explicit Chosen(LineChoice choice) : lines(choice, sink) {}

  void ends(const std::string& id, std::int64_t start, std::int64_t duration_ms,
            const std::string& status = "success") {
    InvocationRecord record;
    record.timestamp_ms = start_ms + start;
    record.set_text(Field::request_id, id);
    record.set_text(Field::status, status);
    if (duration_ms >= 0) record.set_thousandths(Field::duration, duration_ms * 1000);
    lines.write(record);
  }
  void time_passes(std::int64_t ms) { lines.time_passes(WallTime{std::chrono::milliseconds{start_ms + ms}}); }
};

const LineChoice notable{.notable = true};

}  // namespace

TEST_CASE("with all, every record gets its line, and nothing is added to it") {
  Chosen chosen{LineChoice{}};
  chosen.ends("a", 0, 10);
  chosen.ends("b", 1, 10, "error");
  chosen.time_passes(minute_ms);
  chosen.lines.finish();
  CHECK(chosen.own == Texts{"a (absent)", "b (absent)"});
  CHECK(chosen.summarized.empty());
  CHECK(chosen.sink.written_until_ms == 0);
}

TEST_CASE("the slowest of a minute gets a line when the minute is over, the others are summarized") {
  Chosen chosen{notable};
  chosen.ends("a", 0, 10);
  chosen.ends("b", 100, 30);
  chosen.ends("c", 200, 20);
  chosen.ends("d", 300, 30);  // as slow as the slowest
  chosen.ends("e", 400, -1);  // not known
  chosen.time_passes(minute_ms - 1);
  CHECK(chosen.own.empty());
  CHECK(chosen.summarized == Texts{"a", "c", "d", "e"});
  chosen.time_passes(minute_ms);
  CHECK(chosen.own == Texts{"b slowest"});
  chosen.time_passes(2 * minute_ms);
  CHECK(chosen.own.size() == 1);
}

TEST_CASE("the next minute's first invocation ends the minute, too") {
  Chosen chosen{notable};
  chosen.ends("a", 0, 10);
  chosen.ends("b", minute_ms, 5);
  CHECK(chosen.own == Texts{"a slowest"});
  chosen.lines.finish();
  CHECK(chosen.own == Texts{"a slowest", "b slowest"});
  CHECK(chosen.summarized.empty());
}

TEST_CASE("an invocation counts in the minute in which it ended") {
  Chosen chosen{notable};
  chosen.ends("a", minute_ms - 10, 20);
  chosen.ends("b", minute_ms + 20, 10);
  chosen.lines.finish();
  CHECK(chosen.own == Texts{"a slowest"});
  CHECK(chosen.summarized == Texts{"b"});
}

TEST_CASE("a slower one that has its own line leaves the minute no other slowest") {
  Chosen chosen{notable};
  chosen.ends("a", 0, 10);
  chosen.ends("b", 100, 3000, "timeout");
  chosen.ends("c", 200, 20);
  chosen.lines.finish();
  CHECK(chosen.own == Texts{"b timeout"});
  CHECK(chosen.summarized == Texts{"a", "c"});
}

TEST_CASE("an end that is reported after the first of the next minute is of the newer one") {
  Chosen chosen{notable};
  chosen.ends("a", minute_ms, 10);
  chosen.ends("late", minute_ms - 20, 15);
  CHECK(chosen.own.empty());
  CHECK(chosen.summarized == Texts{"a"});
  chosen.ends("back", -5 * minute_ms, 1);  // the wall clock was set
  CHECK(chosen.own == Texts{"late slowest"});
}

TEST_CASE("a sample has its own lines only, with their weight") {
  Chosen chosen{{.one_in = 4}};
  chosen.ends("a", 0, 10);  // FNV-1a of "a" is a multiple of 4
  chosen.ends("b", 1, 10, "error");
  chosen.lines.finish();
  CHECK(chosen.own == Texts{"a sample 4"});
  CHECK(chosen.summarized == Texts{"b"});
}

TEST_CASE("notable ones and a sample: each line has its weight, and the slowest is not also in the sample") {
  Chosen chosen{{.notable = true, .one_in = 4}};
  chosen.ends("b", 0, 10);
  chosen.ends("a", 1, 20);
  CHECK(chosen.summarized == Texts{"b"});
  chosen.ends("c", 2, 30);
  CHECK(chosen.own == Texts{"a sample 4"});
  chosen.ends("x", 3, 5, "error");
  chosen.lines.finish();
  CHECK(chosen.own == Texts{"a sample 4", "x error 1", "c slowest 1"});
}

TEST_CASE("the record that is held has copies of its strings") {
  Chosen chosen{notable};
  {
    const std::string id(100, 'i');
    chosen.ends(id, 0, 10);
  }
  chosen.lines.finish();
  CHECK(chosen.own == Texts{std::string(100, 'i') + " slowest"});
}

namespace {

// A sandbox's life cycle, and what it wrote and summarized.
struct Sandbox {
  FakeClock clock;
  FakeInstruments instruments{clock};
  Texts own;
  Texts summarized;
  CallingSink sink{[this](const InvocationRecord& record) {
                     own.push_back(text(record, Field::request_id) + " " + text(record, Field::line_reason));
                   },
                   [this](const InvocationRecord& record) { summarized.push_back(text(record, Field::request_id)); }};
  OnDemand on_demand;
  ClockedLifeCycle cycle{on_demand, clock};

  Sandbox() : on_demand(settings(), sandbox(), instruments, sink, clock.now()) {
    instruments.next.gauges.processes = 1;
    instruments.next.gauges.process_changes = 1;
    cycle.expect_telemetry();
  }
  static Settings settings() {
    Settings settings;
    settings.lines.notable = true;
    return settings;
  }
  void invoke(const std::string& id) { cycle.on_invoke({RequestId{id}, clock.now().wall + 3s, "", ""}); }
  void end(const std::string& id, std::chrono::milliseconds duration) {
    auto done = runtime_done(id);
    auto reported = report(id);
    done.time = reported.time = clock.now().wall;
    done.duration = reported.duration = duration;
    cycle.on_telemetry({.events = {done, reported}});
  }
};

}  // namespace

TEST_CASE("on demand: what is over is written at the next event after its minute", "[lines]") {
  Sandbox sandbox;
  sandbox.invoke("first");
  sandbox.end("first", 1ms);
  for (const char* const id : {"b", "c", "d"}) {
    sandbox.invoke(id);
    sandbox.clock.advance(10ms);
    sandbox.end(id, id[0] == 'c' ? 9ms : 5ms);
  }
  CHECK(sandbox.own == Texts{"first cold_start"});
  CHECK(sandbox.summarized == Texts{"b", "d"});
  const auto before = sandbox.sink.written_until_ms;
  sandbox.clock.advance(1h);
  sandbox.invoke("e");
  CHECK(sandbox.own == Texts{"first cold_start", "c slowest"});
  CHECK(sandbox.sink.written_until_ms > before);
}

TEST_CASE("on demand: an invocation whose report is to come keeps its minute's summary back", "[lines]") {
  Sandbox sandbox;
  sandbox.invoke("first");
  sandbox.clock.advance(10ms);
  auto done = runtime_done("first");
  done.time = sandbox.clock.now().wall;
  sandbox.cycle.on_telemetry({.events = {done}});
  const auto before = sandbox.sink.written_until_ms;
  sandbox.clock.advance(1h);
  sandbox.invoke("second");
  CHECK(sandbox.sink.written_until_ms == before);
  sandbox.end("first", 10ms);
  CHECK(sandbox.sink.written_until_ms > before);
}

TEST_CASE("on demand: SHUTDOWN, SIGTERM and a restore write everything", "[lines]") {
  const int way = GENERATE(0, 1, 2);
  Sandbox sandbox;
  for (const char* const id : {"first", "b"}) {
    sandbox.invoke(id);
    sandbox.clock.advance(10ms);
    sandbox.end(id, id[0] == 'b' ? 6ms : 5ms);
  }
  CHECK(sandbox.own == Texts{"first cold_start"});
  if (way == 0) {
    sandbox.cycle.on_shutdown({"spindown", std::nullopt});
    sandbox.cycle.release();
  } else if (way == 1) {
    sandbox.cycle.end();
  } else {
    sandbox.cycle.before_request();
    sandbox.instruments.slept = -3h;
    sandbox.cycle.before_request();
  }
  CHECK(sandbox.own == Texts{"first cold_start", "b slowest"});
  CHECK(sandbox.sink.written_until_ms == std::numeric_limits<std::int64_t>::max());
}
