// How many bytes a line takes: `unit-tests -s "[line-size]"` prints the figures of docs/metrics.md.
#include <algorithm>
#include <limits>
#include <string>

#include "emf/line_encoder.h"
#include "emf/numbers.h"
#include "support/catch.h"
#include "unit/emf/sample_records.h"
#include "unit/record/markdown.h"
#include "validator/line_validator.h"

using namespace vitals;
using namespace vitals::test;

namespace {

// A write of no more than this to a pipe is taken in one piece (PIPE_BUF).
constexpr std::size_t atomic_write = 4096;

// Fields that no line of Managed Instances has.
bool never_managed(Field field) {
  for (const Field other :
       {Field::cold_start, Field::out_of_memory, Field::billed_duration, Field::billed_mb_ms, Field::restore_duration,
        Field::billed_restore_duration, Field::extension_overhead, Field::produced_bytes, Field::init_cpu_time}) {
    if (field == other) return true;
  }
  return false;
}

// Every field that a line of this life cycle may have, with the longest value that it can have, whether it makes sense
// or not.
InvocationRecord longest_record(bool managed = false) {
  static const std::string quotes(1000, '"');
  InvocationRecord record;
  record.timestamp_ms = emf::latest_time_ms;
  for (const FieldInfo& row : catalogue) {
    if (only_with_lines(row.field) || (managed ? never_managed(row.field) : only_managed(row.field))) continue;
    switch (row.kind) {
      case Kind::text:
      case Kind::word:
        record.set_text(row.field, quotes);
        break;
      case Kind::boolean:
        record.set_flag(row.field, false);
        break;
      case Kind::whole:
        record.set_whole(row.field, std::numeric_limits<std::int64_t>::min());
        break;
      case Kind::thousandths:
        record.set_thousandths(row.field, std::numeric_limits<std::int64_t>::min());
        break;
    }
  }
  // What still is a dimension value at its longest.
  static const std::string shorter_quotes(emf::longest_text / 2, '"');
  record.set_text(Field::function_name, shorter_quotes);
  record.set_text(Field::version, shorter_quotes);
  return record;
}

// The second cell, 1,234, as a number.
std::size_t bytes_of(const MarkdownRow& row) {
  REQUIRE(row.size() == 2);
  std::string digits = row[1];
  digits.erase(std::remove(digits.begin(), digits.end(), ','), digits.end());
  return std::stoul(digits);
}

}  // namespace

TEST_CASE("a line of the default settings fits one write to a pipe, whatever the record holds", "[line-size]") {
  const std::string text = encode(options_of({nullptr}), longest_record());
  CHECK(Json::parse(text)["_aws"]["CloudWatchMetrics"][0]["Dimensions"].size() == 2);
  CHECK(text.size() <= atomic_write);
  const emf::Options json_format = options_of({"AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_LAMBDA_LOG_LEVEL=ERROR", nullptr});
  CHECK(encode(json_format, longest_record()).size() <= atomic_write);
  const emf::Options chosen =
      options_of({"LAMBDA_VITALS_LINES=notable,1/1000000", "AWS_LAMBDA_LOG_FORMAT=JSON", nullptr});
  InvocationRecord notable = longest_record();
  notable.set_text(Field::line_reason, "time_utilization");
  notable.set_whole(Field::sample_weight, 1'000'000);
  CHECK(encode(chosen, notable).size() <= atomic_write);
  const emf::Options managed = options_of({"AWS_LAMBDA_INITIALIZATION_TYPE=lambda-managed-instances", nullptr});
  CHECK(encode(managed, longest_record(true)).size() <= atomic_write);
}

TEST_CASE("the sizes of docs/metrics.md", "[line-size][docs]") {
  const emf::Options full = options_of({nullptr});
  const emf::Options compact = options_of({"LAMBDA_VITALS_RECORD=compact", nullptr});
  const auto rows = markdown_table("metrics.md", "Line");
  REQUIRE(rows.size() == 6);
  CHECK(encode(full, full_example()).size() == bytes_of(rows[1]));
  CHECK(encode(full, insights_example()).size() == bytes_of(rows[2]));
  CHECK(encode(compact, insights_example()).size() == bytes_of(rows[3]));
  CHECK(encode(full, longest_record()).size() == bytes_of(rows[5]));
}

TEST_CASE("custom fields of any allowed length still fit with the example", "[line-size]") {
  std::string fields = "LAMBDA_VITALS_FIELDS=";
  for (int key = 0; key < 3; ++key) fields += "key" + std::to_string(key) + "=" + std::string(256, 'v') + ",";
  fields += "key3=" + std::string(200, 'v');
  const emf::Options options = options_of({fields.c_str(), nullptr});
  REQUIRE(options.custom_fields.size() == 4);
  CHECK(encode(options, full_example()).size() <= atomic_write);
}

TEST_CASE("the compact record of Lambda Insights' documented example takes 1,100 bytes at most", "[line-size]") {
  const std::string line = encode(options_of({"LAMBDA_VITALS_RECORD=compact", nullptr}), insights_example());
  CHECK(line.size() <= 1100);
  CHECK(validator::faults(line, sample_time_ms).empty());
}

TEST_CASE("the compact record is the example except the fields of the agent") {
  const Json event = parsed(options_of({"LAMBDA_VITALS_RECORD=compact", nullptr}), full_example());
  const Json full = parsed(options_of({nullptr}), insights_example());
  CHECK(event["_aws"] == full["_aws"]);
  for (const auto& [name, value] : full.items()) {
    if (name.starts_with("agent_")) {
      CHECK_FALSE(event.contains(name));
    } else {
      CHECK(event[name] == value);
    }
  }
  CHECK(event.size() == full.size() - 3);
}
