// CPU times on a record, and when they are absent.
#include "invocation/record_builder.h"

#include "support/catch.h"
#include "support/closed_window.h"
#include "support/history.h"

namespace vitals {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using namespace vitals::test;

TEST_CASE("CPU time: the total is the sum of its parts, the utilisation is of the share that the memory size allots") {
  Window window = closed_window();
  window.usage->cpu_user = 30'000'999ns;
  window.usage->cpu_system = 20'000'999ns;
  window.usage->cpu_total = 50'001'998ns;
  window.runtime_done = runtime_done("request-1");
  window.runtime_done->duration = 100ms;
  auto state = sandbox();
  auto record = build_record(window, state);
  CHECK(number(record, Field::cpu_user_time) == 30'000);
  CHECK(number(record, Field::cpu_system_time) == 20'000);
  CHECK(number(record, Field::cpu_total_time) == 50'000);
  CHECK(number(record, Field::cpu_utilization) == 50'002);

  CHECK(number(record, Field::cpu_count) == 1000);

  state.function.memory_mb = 3538;  // two vCPUs
  CHECK(number(build_record(window, state), Field::cpu_utilization) == 25'001);
  state.vcpus = 1;
  CHECK(number(build_record(window, state), Field::cpu_utilization) == 50'002);
}

TEST_CASE("CPU time that a late sample may have on its wrong side is as it was counted, or absent") {
  struct Row {
    const char* what;
    nanoseconds opening_risk;
    nanoseconds closing_risk;
    bool first;
    nanoseconds used;
    bool certain;
  };
  const auto row = GENERATE(Row{"in time", 0ms, 0ms, true, 20ms, true},
                            Row{"half a millisecond late", 500us, 500us, false, 20ms, true},
                            Row{"the first sample 1 ms late", 1ms, 0ms, true, 20ms, true},
                            Row{"the first sample 1.1 ms late", 1100us, 0ms, true, 20ms, false},
                            Row{"10 ms are within 5 % of what a first invocation used", 10ms, 0ms, true, 200ms, true},
                            Row{"but not within 1 % of what a later one used", 10ms, 0ms, false, 200ms, false},
                            Row{"the last sample 0.75 ms late", 0ms, 750us, false, 20ms, true},
                            Row{"the last sample 0.8 ms late", 0ms, 800us, false, 20ms, false},
                            Row{"2 ms are within 1 % of what was used", 0ms, 2ms, false, 200ms, true});
  INFO(row.what);
  Window window = closed_window();
  window.first = row.first;
  window.init_cpu = 80ms;
  window.opening_risk = row.opening_risk;
  window.closing_risk = row.closing_risk;
  window.usage->cpu_total = window.usage->cpu_user = row.used;
  window.usage->cpu_system = 0ms;
  const auto state = sandbox();
  const auto record = build_record(window, state);
  CHECK(number(record, Field::cpu_total_time) == (row.certain ? row.used / 1us : -1));
  CHECK(number(record, Field::init_cpu_time) == (row.certain && row.first ? 80'000 : -1));
}

TEST_CASE("a function that used next to nothing before the late sample has its CPU time") {
  Window window = closed_window();
  window.first = true;
  window.init_cpu = 700us;
  window.opening_risk = 500ms;
  window.usage->cpu_total = window.usage->cpu_user = 5ms;
  window.usage->cpu_system = 0ms;
  CHECK(build_record(window, sandbox()).has(Field::cpu_total_time));
}

TEST_CASE("the time that threads have waited is known where it cannot be on the wrong side of a late sample") {
  Window window = closed_window();
  window.usage->cpu_total = window.usage->cpu_user = 30ms;
  window.usage->cpu_system = 0ms;
  CHECK(!build_record(window, sandbox()).has(Field::cpu_wait_time));
  window.usage->cpu_wait = 389'600us;
  window.peaks.threads_max = 4;
  CHECK(number(build_record(window, sandbox()), Field::cpu_wait_time) == 389'600);
  window.opening_ahead = 970us;  // 1 % for four threads
  CHECK(build_record(window, sandbox()).has(Field::cpu_wait_time));
  window.closing_ahead = 980us;
  CHECK(!build_record(window, sandbox()).has(Field::cpu_wait_time));
  window.closing_ahead = 0ms;
  window.end = at_ms(200).steady;
  CHECK(build_record(window, sandbox()).has(Field::cpu_wait_time));
  window.usage->cpu_wait = 1201ms;  // of four threads in 300 ms
  CHECK(!build_record(window, sandbox()).has(Field::cpu_wait_time));
  window.usage->cpu_wait = 100ms;
  window.opening_risk = 1ms;  // nor is the CPU time
  CHECK(!build_record(window, sandbox()).has(Field::cpu_wait_time));
}

}  // namespace vitals
