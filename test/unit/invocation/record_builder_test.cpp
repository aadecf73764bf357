#include "invocation/record_builder.h"

#include <string>
#include <string_view>
#include <variant>

#include "support/catch.h"
#include "support/closed_window.h"
#include "support/history.h"

namespace vitals {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using namespace vitals::test;

TEST_CASE("who was invoked comes from the ARN, and from the environment where that is silent") {
  Window window = closed_window();
  const auto state = sandbox();
  const auto record = build_record(window, state);
  CHECK(text(record, Field::function_name) == "sample");
  CHECK(text(record, Field::version) == "live");
  CHECK(text(record, Field::request_id) == "request-1");
  CHECK(text(record, Field::trace_id) == "1-root");
  CHECK(number(record, Field::invocation) == 2);
  CHECK(record.timestamp_ms == epoch_ms(at_ms(0).wall));

  window.invoke.invoked_function_arn.clear();
  const auto without = build_record(window, state);
  CHECK(text(without, Field::function_name) == "from-environment");
  CHECK(!without.has(Field::version));
}

TEST_CASE("the platform's own start is the timestamp, unless it is absurd") {
  Window window = closed_window();
  window.start = telemetry(lambda::TelemetryType::start, "request-1");
  window.start->time = at_ms(-3).wall;
  CHECK(build_record(window, sandbox()).timestamp_ms == epoch_ms(at_ms(-3).wall));
  window.opened = at_ms(-3'600'000 * 5);  // thawed with a clock that is five hours late
  CHECK(build_record(window, sandbox()).timestamp_ms == epoch_ms(at_ms(-3).wall));
  window.opened = at_ms(0);
  window.start->time = at_ms(5'000).wall;  // after the deadline
  CHECK(build_record(window, sandbox()).timestamp_ms == epoch_ms(at_ms(0).wall));
  window.start->time = at_ms(-5'000'000).wall;
  CHECK(build_record(window, sandbox()).timestamp_ms == epoch_ms(at_ms(0).wall));
}

TEST_CASE("the first invocation is a cold start, but not with provisioned concurrency") {
  Window window = closed_window();
  auto state = sandbox();
  CHECK(!flag(build_record(window, state), Field::cold_start));
  CHECK(build_record(window, state).has(Field::cold_start));
  window.first = true;
  CHECK(flag(build_record(window, state), Field::cold_start));
  state.initialization_type = "snap-start";
  CHECK(flag(build_record(window, state), Field::cold_start));
  state.initialization_type = "provisioned-concurrency";
  CHECK(!flag(build_record(window, state), Field::cold_start));
}

TEST_CASE("figures of the report") {
  Window window = closed_window();
  window.report = report("request-1");
  window.report->duration = 45'191'250us;
  window.report->billed_duration = 45'192ms;
  window.report->memory_size_mb = 256;
  window.report->max_memory_used_mb = 63;
  window.report->extension_overhead = 250us;
  const auto state = sandbox();
  const auto record = build_record(window, state);
  CHECK(number(record, Field::duration) == 45'191'250);
  CHECK(number(record, Field::billed_duration) == 45'192'000);
  CHECK(number(record, Field::billed_mb_ms) == 45'192 * 256);
  CHECK(number(record, Field::total_memory) == 256);
  CHECK(number(record, Field::used_memory_max) == 63'000);
  CHECK(number(record, Field::memory_utilization) == 24'609);
  CHECK(number(record, Field::extension_overhead) == 250);
  CHECK(text(record, Field::status) == "success");
}

TEST_CASE("without a report, what is known otherwise stands in, and what is not is absent") {
  Window window = closed_window();
  auto state = sandbox();
  Gauges gauges;
  gauges.resident_bytes = 100 * 1024 * 1024;
  state.add(gauges);
  auto record = build_record(window, state);
  CHECK(number(record, Field::total_memory) == 1769);
  CHECK(number(record, Field::used_memory_max) == 100'000);
  CHECK(number(record, Field::memory_utilization) == 100'000 * 100 / 1769);
  CHECK(!record.has(Field::duration));
  CHECK(!record.has(Field::billed_duration));
  CHECK(!record.has(Field::billed_mb_ms));
  CHECK(!record.has(Field::status));
  CHECK(!record.has(Field::cpu_total_time));
  CHECK(!record.has(Field::rx_bytes));

  window.end = window.opened.steady + 1234us;
  record = build_record(window, state);
  CHECK(number(record, Field::duration) == 1234);
  window.runtime_done = runtime_done("request-1");
  window.runtime_done->duration = 1200us;
  CHECK(number(build_record(window, state), Field::duration) == 1200);
}

TEST_CASE("the duration's share of the function's timeout") {
  Window window = closed_window();
  CHECK(!build_record(window, sandbox()).has(Field::time_limit));
  window.time_limit = 3s;
  auto record = build_record(window, sandbox());
  CHECK(number(record, Field::time_limit) == 3'000'000);
  CHECK(!record.has(Field::time_utilization));
  window.report = report("request-1");
  for (const auto& [lasted, percent] :
       {std::pair{0us, 0}, {1us, 0}, {15us, 1}, {750'000us, 25'000}, {3'000'120us, 100'004}}) {
    window.report->duration = lasted;
    CHECK(number(build_record(window, sandbox()), Field::time_utilization) == percent);
  }
  window.time_limit = 900s;
  window.report->duration = 366 * 24h;
  CHECK(number(build_record(window, sandbox()), Field::time_utilization) == 3'513'600'000);
}

TEST_CASE("gauges that no sample in the work supports are left out") {
  Window window = closed_window();
  window.end = at_ms(50).steady;
  window.memory_peak = window.peaks.resident_bytes_max = 20'000'000;
  window.peaks.threads_max = window.peaks.open_descriptors_max = window.peaks.tmp_used_bytes_max = 3;
  window.peaks.descriptor_limit_max = 1024;
  for (const auto& [sampled, supported] : {std::pair{at_ms(1), true}, std::pair{at_ms(60), false}}) {
    window.peaks.since = sampled.steady;
    const auto record = build_record(window, sandbox());
    for (const Field field : {Field::memory_peak, Field::threads_max, Field::fd_use, Field::tmp_used}) {
      CHECK(record.has(field) == supported);
    }
    CHECK(record.has(Field::fd_max));
  }
  window.memory_peak = 80'000'000;  // as the kernel's high-water mark proves
  CHECK(build_record(window, sandbox()).has(Field::memory_peak));
}

TEST_CASE("without telemetry an invocation counts from its start, not from when its INVOKE came") {
  Window window = closed_window();
  window.late = 150ms;
  window.end = at_ms(50).steady;
  CHECK(number(build_record(window, sandbox()), Field::duration) == 200'000);
  window.end = at_ms(0).steady;  // it was over by then
  CHECK(!build_record(window, sandbox()).has(Field::duration));
}

TEST_CASE("vCPUs are those of the memory size, of the quota or of the affinity, whichever are fewest") {
  Window window = closed_window();
  auto state = sandbox();
  for (const auto& [mb, vcpus, thousandths] :
       {std::tuple{128, 2.0, 72}, {1769, 2.0, 1000}, {10'240, 6.0, 5789}, {10'240, 1.5, 1500}, {128, 0.05, 50}}) {
    state.function.memory_mb = mb;
    state.vcpus = vcpus;
    CHECK(number(build_record(window, state), Field::cpu_count) == thousandths);
  }
  window.opening_risk = 1s;  // that concerns CPU times
  CHECK(build_record(window, state).has(Field::cpu_count));
  state.function.memory_mb.reset();
  CHECK(!build_record(window, state).has(Field::cpu_count));
}

TEST_CASE("the tenant is the one that any of its events reports") {
  Window window = closed_window();
  CHECK(!build_record(window, sandbox()).has(Field::tenant_id));
  auto event = telemetry(lambda::TelemetryType::start, "request-1");
  event.tenant_id = "tenant-1";
  for (auto place : {&Window::start, &Window::runtime_done, &Window::report}) {
    Window one = closed_window();
    one.report = report("request-1");
    one.runtime_done = runtime_done("request-1");
    one.*place = event;
    CHECK(text(build_record(one, sandbox()), Field::tenant_id) == "tenant-1");
  }
}

TEST_CASE("what the runtime is stands on the first record") {
  Window window = closed_window();
  auto state = sandbox();
  state.runtime_version = "python:3.13.v42";
  CHECK(!build_record(window, state).has(Field::runtime_version));
  window.first = true;
  CHECK(text(build_record(window, state), Field::runtime_version) == "python:3.13.v42");
  CHECK(!build_record(window, state).has(Field::durable));
  state.runtime_version = "python:3.13.DurableFunction.v42";
  CHECK(flag(build_record(window, state), Field::durable));
  window.first = false;
  CHECK(!build_record(window, state).has(Field::durable));
}

TEST_CASE("only the first record has the fields of init") {
  Window window = closed_window();
  window.init_cpu = 80ms;
  auto state = sandbox();
  state.init_duration = 125'330us;
  CHECK(!build_record(window, state).has(Field::init_duration));
  CHECK(!build_record(window, state).has(Field::init_cpu_time));
  window.first = true;
  CHECK(number(build_record(window, state), Field::init_duration) == 125'330);
  CHECK(number(build_record(window, state), Field::init_cpu_time) == 80'000);

  // A restored snapshot replays the telemetry of an init that was long ago.
  state.restored = true;
  CHECK(!build_record(window, state).has(Field::init_cpu_time));
  state.restored = false;
  state.restore_duration = 15'190us;
  CHECK(!build_record(window, state).has(Field::init_cpu_time));
  CHECK(number(build_record(window, state), Field::restore_duration) == 15'190);
  CHECK(!build_record(window, state).has(Field::billed_restore_duration));
  window.report = report("request-1");
  window.report->billed_restore_duration = 16ms;
  CHECK(number(build_record(window, state), Field::billed_restore_duration) == 16'000);
  CHECK(!build_record(window, state).has(Field::init_duration));
}

TEST_CASE("outcomes") {
  Window window = closed_window();
  const auto state = sandbox();
  SECTION("a runtime error") {
    window.runtime_done = runtime_done("request-1", "error");
    window.runtime_done->error_type = "Runtime.ExitError";
    const auto record = build_record(window, state);
    CHECK(text(record, Field::status) == "error");
    CHECK(text(record, Field::error_type) == "Runtime.ExitError");
    CHECK(!record.has(Field::timeout));
  }
  SECTION("a timeout that telemetry reports") {
    window.report = report("request-1", "timeout");
    CHECK(flag(build_record(window, state), Field::timeout));
  }
  SECTION("a timeout that only SHUTDOWN reports") {
    window.closed = CloseReason::shutdown;
    for (const char* reason : {"timeout", "TIMEOUT", "Timeout"}) {
      window.shutdown_reason = reason;
      const auto record = build_record(window, state);
      CHECK(text(record, Field::status) == "timeout");
      CHECK(flag(record, Field::timeout));
      CHECK(text(record, Field::shutdown_reason) == reason);
    }
  }
  SECTION("a crash that only SHUTDOWN reports") {
    window.closed = CloseReason::shutdown;
    window.shutdown_reason = "failure";
    CHECK(text(build_record(window, state), Field::status) == "failure");
  }
  SECTION("a SHUTDOWN after the invocation had ended says nothing of it") {
    window.runtime_done = runtime_done("request-1");
    window.closed = CloseReason::shutdown;
    window.shutdown_reason = "timeout";
    CHECK(text(build_record(window, state), Field::status) == "success");
    window.runtime_done.reset();
    window.closed = CloseReason::next_invoke;
    CHECK(!build_record(window, state).has(Field::status));
  }
  SECTION("out of memory") {
    window.report = report("request-1", "error");
    window.report->error_type = "Runtime.OutOfMemory";
    CHECK(flag(build_record(window, state), Field::out_of_memory));
    // The kernel's kill looks like any other crash, but the memory was used up.
    window.report->error_type = "Runtime.ExitError";
    window.report->memory_size_mb = 128;
    window.report->max_memory_used_mb = 128;
    CHECK(flag(build_record(window, state), Field::out_of_memory));
    window.report->max_memory_used_mb = 127;
    CHECK(!flag(build_record(window, state), Field::out_of_memory));
    window.report->error_type = "Function.MyError";
    window.report->max_memory_used_mb = 128;
    CHECK(!flag(build_record(window, state), Field::out_of_memory));
  }
}

TEST_CASE("counters that were not measured, and absurd ones, are absent") {
  Window window = closed_window();
  window.usage->rx_bytes = 100;
  window.usage->disk_read_bytes = ~std::uint64_t{0};
  window.peaks.threads_max = 5;
  const auto record = build_record(window, sandbox());
  CHECK(number(record, Field::rx_bytes) == 100);
  CHECK(!record.has(Field::tx_bytes));
  CHECK(!record.has(Field::total_network));
  CHECK(!record.has(Field::disk_read_bytes));
  CHECK(number(record, Field::threads_max) == 5);
  CHECK(!record.has(Field::fd_use));
}

}  // namespace vitals
