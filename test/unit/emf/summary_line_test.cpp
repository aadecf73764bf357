// A summary's line: its members, and that no more is added to it than 4,096 bytes hold.
#include <random>
#include <string>
#include <vector>

#include "emf/summaries.h"
#include "support/catch.h"
#include "unit/emf/sample_records.h"
#include "validator/line_validator.h"

using namespace vitals;
using namespace vitals::test;

namespace {

// The lines that come of records that are all summarized.
struct Lines {
  explicit Lines(std::initializer_list<const char*> environment)
      : encoder(options_of(environment)),
        summaries(encoder, [this](const Summary& summary) { texts.emplace_back(encoder.encode(summary)); }) {}

  emf::LineEncoder encoder;
  std::vector<std::string> texts;
  emf::Summaries summaries;

  std::vector<std::string> finish() {
    summaries.write_before(std::numeric_limits<std::int64_t>::max());
    return texts;
  }
};

InvocationRecord usual_record() {
  InvocationRecord record = full_example();
  record.set_flag(Field::cold_start, false);
  return record;
}

std::vector<std::string> member_names(const Json& event) {
  std::vector<std::string> names;
  for (const auto& [name, value] : event.items()) names.push_back(name);
  return names;
}

}  // namespace

TEST_CASE("a summary's line has arrays of the metrics, and sums") {
  Lines lines{"LAMBDA_VITALS_LINES=notable", nullptr};
  InvocationRecord record = usual_record();
  CHECK(lines.summaries.add(record));
  record.timestamp_ms += 250;
  record.set_whole(Field::rx_bytes, 1);
  CHECK(lines.summaries.add(record));
  const auto texts = lines.finish();
  REQUIRE(texts.size() == 1);
  CHECK(validator::faults(texts[0], sample_time_ms) == no_faults);
  const Json event = Json::parse(texts[0]);
  CHECK(event["_aws"]["Timestamp"] == sample_time_ms);
  CHECK(event["_aws"]["CloudWatchMetrics"][0]["Dimensions"].size() == 2);
  CHECK(event["_aws"]["CloudWatchMetrics"][0]["Metrics"].size() == 8);
  CHECK(event["event_type"] == "summary");
  CHECK(event["function_name"] == "cpu-intensive");
  CHECK(event["interval"] == 250);
  CHECK(event["invocations"] == 2);
  CHECK(event["cold_starts"] == 0);
  CHECK(event["timeouts"] == 2);
  CHECK(event["billed_duration"] == 90400);
  CHECK(event["cpu_total_time"] == Json{6690, 6690});
  CHECK(event["rx_bytes"] == Json{6911, 1});
  CHECK_FALSE(event.contains("duration"));
  CHECK_FALSE(event.contains("request_id"));
}

TEST_CASE("a field that is a metric has its values rather than their sum") {
  Lines lines{"LAMBDA_VITALS_LINES=1/2", "LAMBDA_VITALS_METRICS=billed_duration,duration", nullptr};
  CHECK(lines.summaries.add(usual_record()));
  const Json event = Json::parse(lines.finish().front());
  CHECK(event["billed_duration"] == Json::array({45200}));
  CHECK(event["duration"] == Json::array({45191}));
  CHECK(event["billed_mb_ms"] == 11571200);
}

TEST_CASE("a compact summary has its sandbox and its sums") {
  Lines lines{"LAMBDA_VITALS_LINES=notable", "LAMBDA_VITALS_RECORD=compact", nullptr};
  CHECK(lines.summaries.add(usual_record()));
  const auto texts = lines.finish();
  CHECK(validator::faults(texts[0], sample_time_ms) == no_faults);
  CHECK(member_names(Json::parse(texts[0])) == std::vector<std::string>{"_aws",
                                                                        "event_type",
                                                                        "function_name",
                                                                        "version",
                                                                        "sandbox_id",
                                                                        "billed_duration",
                                                                        "billed_mb_ms",
                                                                        "init_duration",
                                                                        "interval",
                                                                        "invocations",
                                                                        "errors",
                                                                        "timeouts",
                                                                        "cold_starts",
                                                                        "cpu_total_time",
                                                                        "total_memory",
                                                                        "used_memory_max",
                                                                        "memory_utilization",
                                                                        "rx_bytes",
                                                                        "tx_bytes",
                                                                        "total_network"});
}

TEST_CASE("invocations with other dimensions, or of another minute, have another summary") {
  Lines lines{"LAMBDA_VITALS_LINES=notable", "LAMBDA_VITALS_DIMENSIONS=function_name,status", nullptr};
  InvocationRecord record = usual_record();
  for (const char* const status : {"success", "error", "success", "error"}) {
    record.set_text(Field::status, status);
    CHECK(lines.summaries.add(record));
  }
  record.timestamp_ms += 60'000;
  CHECK(lines.summaries.add(record));
  lines.summaries.write_before(minute_of(record.timestamp_ms));
  CHECK(lines.texts.size() == 2);
  CHECK(Json::parse(lines.texts[0])["invocations"] == 2);
  CHECK(Json::parse(lines.texts[0])["_aws"]["CloudWatchMetrics"][0]["Dimensions"] ==
        Json::parse(R"([["function_name","status"]])"));
  CHECK(lines.finish().size() == 3);
}

TEST_CASE("more kinds than there is place for are written early, and lose nothing") {
  Lines lines{"LAMBDA_VITALS_LINES=notable", nullptr};
  InvocationRecord record = usual_record();
  std::int64_t invocations = 0;
  std::vector<std::string> versions;
  versions.reserve(9);
  for (int version = 0; version < 9; ++version) versions.push_back("v" + std::to_string(version));
  for (int turn = 0; turn < 3; ++turn) {
    for (const std::string& version : versions) {
      record.set_text(Field::version, version);
      CHECK(lines.summaries.add(record));
    }
  }
  for (const std::string& text : lines.finish()) invocations += Json::parse(text)["invocations"].get<std::int64_t>();
  CHECK(invocations == 27);
}

TEST_CASE("a summary is full before its line has more than 4,096 bytes, and not long before", "[line-size]") {
  const char* const metrics = GENERATE("default", "all", "none", "memory_peak,duration");
  const std::string setting = std::string{"LAMBDA_VITALS_METRICS="} + metrics;
  Lines lines{"LAMBDA_VITALS_LINES=1/2", setting.c_str(), "AWS_LAMBDA_LOG_FORMAT=JSON", nullptr};
  std::mt19937 random{7};
  InvocationRecord record = usual_record();
  std::size_t refused = 0;
  std::int64_t invocations = 0;
  for (int count = 0; count < 2000; ++count) {
    record.timestamp_ms = sample_time_ms + count;
    for (const FieldInfo& row : catalogue) {
      const auto number = static_cast<std::int64_t>(random() % 1'000'000'000 >> (random() % 30));
      if (!record.has(row.field)) continue;
      if (row.kind == Kind::whole) record.set_whole(row.field, number);
      if (row.kind == Kind::thousandths) record.set_thousandths(row.field, number);
    }
    if (!lines.summaries.add(record)) ++refused;
  }
  const auto texts = lines.finish();
  for (const std::string& text : texts) {
    REQUIRE(validator::faults(text, sample_time_ms) == no_faults);
    const auto count = Json::parse(text)["invocations"].get<std::int64_t>();
    invocations += count;
    if (&text != &texts.back() && std::string_view{metrics} == "default") CHECK((text.size() > 3900 || count == 100));
  }
  CHECK(refused == 0);
  CHECK(invocations == 2000);
}

TEST_CASE("a record that no summary has room for is refused") {
  std::string fields = "LAMBDA_VITALS_FIELDS=";
  for (int key = 0; key < 3; ++key) fields += "key" + std::to_string(key) + "=" + std::string(256, 'v') + ",";
  Lines lines{"LAMBDA_VITALS_LINES=1/2", "LAMBDA_VITALS_METRICS=all", fields.c_str(), nullptr};
  CHECK_FALSE(lines.summaries.add(usual_record()));
  CHECK(lines.finish().empty());
}
