#include "lambda/telemetry_events.h"

#include <chrono>
#include <string>

#include "support/catch.h"
#include "support/standard_error.h"

namespace vitals::lambda {

using namespace std::chrono_literals;

TEST_CASE("a runtimeDone event with metrics and spans") {
  const auto batch = parse_telemetry(R"([{"time":"2022-10-12T00:01:15.250Z","type":"platform.runtimeDone","record":{
      "requestId":"6d68ca91","status":"success","metrics":{"durationMs":140.01,"producedBytes":16},
      "tracing":{"spanId":"54565fb41ac79632"},
      "spans":[{"name":"responseLatency","start":"2022-10-12T00:01:15.000Z","durationMs":23.02},
               {"name":"responseDuration","start":"2022-10-12T00:01:15.000Z","durationMs":20},
               {"durationMs":1.5,"name":"runtimeOverhead"},{"name":"unheard-of","durationMs":7}]}}])");
  REQUIRE(batch.events.size() == 1);
  const auto& event = batch.events.front();
  CHECK(event.type == TelemetryType::runtime_done);
  CHECK(event.request_id == RequestId{"6d68ca91"});
  CHECK(event.status == "success");
  CHECK(event.duration == 140'010us);
  CHECK(event.produced_bytes == 16);
  CHECK(event.response_latency == 23'020us);
  CHECK(event.response_duration == 20ms);
  CHECK(event.runtime_overhead == 1500us);
  CHECK(!event.extension_overhead);
  CHECK(epoch_ms(event.time.value()) == 1665532875250);
  CHECK(batch.dropped == 0);
}

TEST_CASE("a report event, and its members in another order") {
  const auto batch = parse_telemetry(R"([{"record":{"metrics":{"maxMemoryUsedMB":33,"durationMs":2599.4,
      "billedDurationMs":2600,"memorySizeMB":128,"initDurationMs":549.04,"restoreDurationMs":1.25,"billedRestoreDurationMs":2},"errorType":"Runtime.ExitError",
      "status":"error","requestId":"6f7f","spans":[{"name":"extensionOverhead","durationMs":0.25}]},"type":"platform.report"}])");
  REQUIRE(batch.events.size() == 1);
  const auto& event = batch.events.front();
  CHECK(event.type == TelemetryType::report);
  CHECK(event.status == "error");
  CHECK(event.error_type == "Runtime.ExitError");
  CHECK(event.billed_duration == 2600ms);
  CHECK(event.duration == 2'599'400us);
  CHECK(event.memory_size_mb == 128);
  CHECK(event.max_memory_used_mb == 33.0);
  CHECK(event.init_duration == 549'040us);
  CHECK(event.restore_duration == 1'250us);
  CHECK(event.billed_restore_duration == 2ms);
  CHECK(event.extension_overhead == 250us);
  CHECK(!event.time);
}

TEST_CASE("the tenant and the runtime's version") {
  const std::string longest(128, 't');
  const auto batch = parse_telemetry(R"([
      {"type":"platform.initStart","record":{"runtimeVersion":"python:3.13.DurableFunction.v9"}},
      {"type":"platform.start","record":{"requestId":"a","tenantId":"tenant-1"}},
      {"type":"platform.runtimeDone","record":{"requestId":"a","tenantId":")" +
                                     longest + R"("}},
      {"type":"platform.report","record":{"requestId":"a","tenantId":")" +
                                     longest + R"(x"}},
      {"type":"platform.report","record":{"requestId":"a","tenantId":7}}])");
  REQUIRE(batch.events.size() == 5);
  CHECK(batch.events[0].runtime_version == "python:3.13.DurableFunction.v9");
  CHECK(batch.events[1].tenant_id == "tenant-1");
  CHECK(batch.events[2].tenant_id == longest);
  CHECK(batch.events[3].tenant_id.empty());
  CHECK(batch.events[4].tenant_id.empty());
}

TEST_CASE("every documented type is known, others are ignored") {
  const auto batch = parse_telemetry(R"([
      {"type":"platform.initStart","record":{"initializationType":"on-demand","phase":"init"}},
      {"type":"platform.initRuntimeDone","record":{"status":"success"}},
      {"type":"platform.initReport","record":{"metrics":{"durationMs":125.33}}},
      {"type":"platform.start","record":{"requestId":"a","version":"$LATEST"}},
      {"type":"platform.runtimeDone","record":{"requestId":"a"}},
      {"type":"platform.report","record":{"requestId":"a"}},
      {"type":"platform.restoreStart","record":{}},
      {"type":"platform.restoreRuntimeDone","record":{}},
      {"type":"platform.restoreReport","record":{"metrics":{"durationMs":15.19}}},
      {"type":"platform.extension","record":{"name":"x"}},
      {"type":"platform.telemetrySubscription","record":{"name":"x"}},
      {"type":"platform.logsDropped","record":{"reason":"slow","droppedRecords":123}},
      {"type":"platform.brandNew","record":{}},{"type":"function","record":"a line"}])");
  REQUIRE(batch.events.size() == 12);
  CHECK(batch.events[0].initialization_type == "on-demand");
  CHECK(batch.events[2].duration == 125'330us);
  CHECK(batch.events[8].duration == 15'190us);
  CHECK(batch.events[11].reason == "slow");
  CHECK(batch.ignored == 2);
  CHECK(batch.dropped == 0);
}

TEST_CASE("a bad event is dropped alone") {
  const auto batch = parse_telemetry(R"([7,"x",{},{"type":5},{"type":"platform.start","record":{}},
      {"type":"platform.report","record":"none"},{"type":"platform.report","record":{"requestId":["a"]}},
      {"type":"platform.start","record":{"requestId":"good"}}])");
  REQUIRE(batch.events.size() == 1);
  CHECK(batch.events.front().request_id == RequestId{"good"});
  CHECK(batch.dropped == 7);
}

TEST_CASE("a broken event loses only itself, whatever is wrong with its text") {
  for (const char* broken :
       {R"({"time":"x","type":})", R"({"time":"x","type":"platform.start","record":{"requestId":"b"})",
        R"({"time":"x,"type":"platform.start","record":{}})", R"({"time":"x","type":"platform.start" "record":{}})",
        R"({"time":"x","type":"platform.start","record":{"requestId":"b"}]})", R"({"time":"x","type":)", "nul", "{{",
        R"({"time":"x","type":"platform.start","record":{"requestId":"b"}} x)"}) {
    CAPTURE(broken);
    const std::string good = R"({"time":"2022-10-12T00:01:15Z","type":"platform.start","record":{"requestId":)";
    std::string body = "[";
    body.append(good).append("\"a\"}},").append(broken).append(",").append(good).append("\"c\"}}]");
    const auto batch = parse_telemetry(body);
    REQUIRE(batch.events.size() == 2);
    CHECK(batch.events[0].request_id == RequestId{"a"});
    CHECK(batch.events[1].request_id == RequestId{"c"});
    CHECK(batch.dropped >= 1);
  }
}

TEST_CASE("where a batch stops being JSON, the events before stand") {
  const auto batch = parse_telemetry(R"([{"type":"platform.start","record":{"requestId":"a"}},{"type":"platf)");
  CHECK(batch.events.size() == 1);
  CHECK(batch.dropped == 1);
  for (const char* body : {"", "nonsense", "{\"type\":", "\xff\xfe", "[[[[", "null", "{}", "[]"}) {
    CAPTURE(body);
    CHECK(parse_telemetry(body).events.empty());
  }
}

TEST_CASE("a figure that cannot be one is absent") {
  for (const char* number : {"-1", "\"7\"", "null", "true", "1e300", "[1]", "{}"}) {
    CAPTURE(number);
    const auto batch = parse_telemetry(
        std::string{R"([{"type":"platform.report","record":{"requestId":"a","metrics":{"durationMs":)"} + number +
        R"(,"memorySizeMB":)" + number + R"(,"maxMemoryUsedMB":)" + number + "}}}]");
    REQUIRE(batch.events.size() == 1);
    CHECK(!batch.events.front().duration);
    CHECK(!batch.events.front().memory_size_mb);
    CHECK(!batch.events.front().max_memory_used_mb);
  }
}

TEST_CASE("timestamps are RFC 3339 in UTC") {
  CHECK(epoch_ms(parse_timestamp("1970-01-01T00:00:00Z").value()) == 0);
  CHECK(epoch_ms(parse_timestamp("2024-02-29T23:59:59.999Z").value()) == 1709251199999);
  CHECK(epoch_ms(parse_timestamp("2024-02-29T23:59:59.9999999999999Z").value()) == 1709251199999);
  for (const char* text :
       {"", "Z", "2024-02-30T00:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01",
        "2024-01-01T00:00:00", "2024-01-01T00:00:00+01:00", "2024-01-01T00:00:0", "24-01-01T00:00:00Z",
        "2024-01-01T00:00:00.Zx", "-024-01-01T00:00:00Z", "9999-01-01T00:00:00Z"}) {
    CAPTURE(text);
    CHECK(!parse_timestamp(text));
  }
}

TEST_CASE("what is dropped of telemetry is logged at debug, with its reason") {
  test::StandardError diagnostics;
  diagnostics.wait_for_limit();
  static_cast<void>(parse_telemetry(R"([{"a":1},7,{"type":"platform.start","time":"soon","record":{"requestId":"a"}},)"
                                    R"({"type":"platform.report","record":{"metrics":{"durationMs":-1}}},{"type":)"));
  const auto lines = diagnostics.lines();
  REQUIRE(lines.size() == 6);
  CHECK(lines[0] == R"(lambda-vitals: debug: telemetry: an event is dropped: it has no type: {"a":1})");
  CHECK(lines[1].find("it is not an object: 7") != std::string::npos);
  CHECK(lines[2].find("\"time\" is not a time: soon") != std::string::npos);
  CHECK(lines[3].find("the value of durationMs is invalid") != std::string::npos);
  CHECK(lines[4].find("it has no valid requestId") != std::string::npos);
  CHECK(lines[5].find("unfinished") != std::string::npos);
}

}  // namespace vitals::lambda
