// The line's members. Its directive has directive_test.cpp, its length line_size_test.cpp.
#include "emf/line_encoder.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.h"
#include "unit/emf/sample_records.h"
#include "validator/line_validator.h"

using namespace vitals;
using namespace vitals::test;

namespace {

std::vector<std::string> member_names(const Json& event) {
  std::vector<std::string> names;
  for (const auto& [name, value] : event.items()) names.push_back(name);
  return names;
}

using Names = std::vector<std::string>;

std::vector<std::string> faults(const std::string& line) {
  return validator::faults(line, sample_time_ms);
}

}  // namespace

TEST_CASE("a line is one JSON object and a newline, _aws and event_type first") {
  const std::string line = encode(options_of({nullptr}), small_record());
  CHECK(line.starts_with(R"({"_aws":{"Timestamp":1605034324256,"CloudWatchMetrics":[{)"));
  CHECK(line.ends_with("}\n"));
  CHECK(member_names(Json::parse(line)) == Names{"_aws", "event_type", "request_id"});
  CHECK(faults(line).empty());
}

TEST_CASE("an empty record is a line too") {
  const Json event = parsed(options_of({nullptr}), InvocationRecord{});
  CHECK(member_names(event) == Names{"_aws", "event_type"});
  CHECK(event["event_type"] == "performance");
  CHECK(event["_aws"]["Timestamp"] == 0);
}

TEST_CASE("every field is on the line, in the catalogue's order, as what it is") {
  const std::string line = encode(options_of({nullptr}), whole_catalogue());
  const Json event = Json::parse(line);
  Names expected{"_aws"};
  for (const FieldInfo& row : catalogue) expected.emplace_back(row.name);
  CHECK(member_names(event) == expected);
  CHECK(event["function_name"] == "cpu-intensive");
  CHECK(event["cold_start"] == true);
  CHECK(event["duration"] == 45191);
  CHECK(event["billed_mb_ms"] == 11571200);
  CHECK(event["memory_peak"] == 12.345);
  CHECK(event["tmp_free"] == 538329088);
  CHECK(faults(line).empty());
}

TEST_CASE("a false flag is written, an absent one is not") {
  InvocationRecord record = small_record();
  CHECK_FALSE(parsed(options_of({nullptr}), record).contains("cold_start"));
  record.set_flag(Field::cold_start, false);
  CHECK(parsed(options_of({nullptr}), record)["cold_start"] == false);
}

TEST_CASE("event_type is performance whatever the record says") {
  InvocationRecord record = small_record();
  record.set_text(Field::event_type, "something else");
  const Json event = parsed(options_of({nullptr}), record);
  CHECK(member_names(event) == Names{"_aws", "event_type", "request_id"});
  CHECK(event["event_type"] == "performance");
}

TEST_CASE("a field that the options leave out is not on the line") {
  emf::Options options = options_of({nullptr});
  options.fields.reset(Field::memory_peak);
  const Json event = parsed(options, full_example());
  CHECK_FALSE(event.contains("memory_peak"));
  CHECK(event.contains("page_faults_major"));
}

TEST_CASE("custom fields follow the record's, in their order") {
  emf::Options options = options_of({"LAMBDA_VITALS_FIELDS=team=a \"b\",stage=pröd", nullptr});
  const std::string line = encode(options, small_record());
  const Json event = Json::parse(line);
  CHECK(member_names(event) == Names{"_aws", "event_type", "request_id", "team", "stage"});
  CHECK(event["team"] == "a \"b\"");
  CHECK(event["stage"] == "pröd");
  CHECK(faults(line).empty());
}

TEST_CASE("with the JSON log format the line has a timestamp and a level, with the text format neither") {
  const std::string line =
      encode(options_of({"AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_LAMBDA_LOG_LEVEL=WARN", nullptr}), small_record());
  const Json event = Json::parse(line);
  CHECK(event["timestamp"] == "2020-11-10T18:52:04.256Z");
  CHECK(event["level"] == "WARN");
  CHECK(faults(line).empty());
  const Json text = parsed(options_of({"AWS_LAMBDA_LOG_FORMAT=Text", nullptr}), small_record());
  CHECK_FALSE(text.contains("timestamp"));
  CHECK_FALSE(text.contains("level"));
}

TEST_CASE("whatever bytes a text holds, the line is valid") {
  const std::string all_bytes = [] {
    std::string bytes;
    for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
    return bytes;
  }();
  for (const FieldInfo& row : catalogue) {
    if (!is_text(row) || row.field == Field::event_type) continue;
    for (const std::string& text :
         {all_bytes, all_bytes.substr(128), all_bytes.substr(0xC0), std::string(10'000, '\\')}) {
      InvocationRecord record = small_record();
      record.set_text(row.field, text);
      CHECK(faults(encode(options_of({nullptr}), record)) == no_faults);
    }
  }
}

TEST_CASE("a long string is truncated at a character") {
  InvocationRecord record = small_record();
  std::string text = std::string(emf::longest_text - 1, 'e') + "€";
  record.set_text(Field::error_type, text);
  CHECK(parsed(options_of({nullptr}), record)["error_type"] == std::string(emf::longest_text - 1, 'e'));
}

TEST_CASE("a time that no calendar has stays within those that one has") {
  InvocationRecord record = small_record();
  const emf::Options options = options_of({"AWS_LAMBDA_LOG_FORMAT=JSON", nullptr});
  record.timestamp_ms = std::numeric_limits<std::int64_t>::max();
  CHECK(parsed(options, record)["timestamp"] == "9999-12-31T23:59:59.999Z");
  CHECK(parsed(options, record)["_aws"]["Timestamp"] == 253402300799999);
  record.timestamp_ms = std::numeric_limits<std::int64_t>::min();
  CHECK(parsed(options, record)["timestamp"] == "1970-01-01T00:00:00.000Z");
  CHECK(parsed(options, record)["_aws"]["Timestamp"] == 0);
}

TEST_CASE("one line leaves nothing behind for the next") {
  emf::LineEncoder encoder{options_of({nullptr})};
  const std::string first{encoder.encode(small_record())};
  CHECK(encoder.encode(full_example()).size() > first.size());
  CHECK(encoder.encode(small_record()) == first);
}

TEST_CASE("an encoder that was moved encodes the same") {
  emf::LineEncoder encoder{options_of({nullptr})};
  const std::string before{encoder.encode(full_example())};
  emf::LineEncoder moved = std::move(encoder);
  CHECK(moved.encode(full_example()) == before);
}
