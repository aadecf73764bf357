// The line's metric directive: which metrics it names, and in which dimension sets.
#include <string>
#include <vector>

#include "emf/line_encoder.h"
#include "support/catch.h"
#include "unit/emf/sample_records.h"
#include "validator/line_validator.h"

using namespace vitals;
using namespace vitals::test;

namespace {

Json directive(const emf::Options& options, const InvocationRecord& record) {
  const std::string line = encode(options, record);
  CHECK(validator::faults(line, sample_time_ms, {.max_bytes = 16384}) == no_faults);
  const Json directives = Json::parse(line)["_aws"]["CloudWatchMetrics"];
  REQUIRE(directives.size() == 1);
  return directives[0];
}

Json dimensions(const emf::Options& options, const InvocationRecord& record) {
  return directive(options, record)["Dimensions"];
}

}  // namespace

TEST_CASE("by default the directive is Lambda Insights' own") {
  CHECK(directive(options_of({nullptr}), full_example()) == Json::parse(R"({
    "Namespace": "LambdaInsights",
    "Dimensions": [["function_name"], ["function_name", "version"]],
    "Metrics": [
      {"Name": "init_duration", "Unit": "Milliseconds"},
      {"Name": "cpu_total_time", "Unit": "Milliseconds"},
      {"Name": "total_memory", "Unit": "Megabytes"},
      {"Name": "used_memory_max", "Unit": "Megabytes"},
      {"Name": "memory_utilization", "Unit": "Percent"},
      {"Name": "rx_bytes", "Unit": "Bytes"},
      {"Name": "tx_bytes", "Unit": "Bytes"},
      {"Name": "total_network", "Unit": "Bytes"}]})"));
}

TEST_CASE("a metric whose field is absent is not in the directive") {
  InvocationRecord record = small_record();
  CHECK(directive(options_of({nullptr}), record)["Metrics"] == Json::array());
  record.set_whole(Field::tx_bytes, 0);
  CHECK(directive(options_of({nullptr}), record)["Metrics"] == Json::parse(R"([{"Name":"tx_bytes","Unit":"Bytes"}])"));
}

TEST_CASE("every numeric field can be a metric, with its unit") {
  const Json metrics = directive(options_of({"LAMBDA_VITALS_METRICS=all", nullptr}), whole_catalogue())["Metrics"];
  std::size_t at = 0;
  for (const FieldInfo& row : catalogue) {
    if (!can_be_metric(row)) continue;
    REQUIRE(at < metrics.size());
    CHECK(metrics[at++] == Json{{"Name", row.name}, {"Unit", row.unit}});
  }
  CHECK(at == metrics.size());
}

TEST_CASE("without metrics there is one directive still") {
  CHECK(directive(options_of({"LAMBDA_VITALS_METRICS=none", nullptr}), full_example())["Metrics"] == Json::array());
}

TEST_CASE("with high resolution every metric says so") {
  const Json metrics =
      directive(options_of({"LAMBDA_VITALS_HIGH_RESOLUTION=true", nullptr}), full_example())["Metrics"];
  CHECK(metrics.size() == 8);
  for (const Json& metric : metrics) CHECK(metric["StorageResolution"] == 1);
}

TEST_CASE("the namespace is the setting's") {
  CHECK(directive(options_of({"LAMBDA_VITALS_NAMESPACE=My/App", nullptr}), small_record())["Namespace"] == "My/App");
}

TEST_CASE("a dimension set is left out when one of its values is absent") {
  InvocationRecord record = small_record();
  CHECK(dimensions(options_of({nullptr}), record) == Json::parse("[[]]"));
  record.set_text(Field::version, "Blue");
  CHECK(dimensions(options_of({nullptr}), record) == Json::parse("[[]]"));
  record.set_text(Field::function_name, "f");
  CHECK(dimensions(options_of({nullptr}), record) == Json::parse(R"([["function_name"],["function_name","version"]])"));
  InvocationRecord without_version = small_record();
  without_version.set_text(Field::function_name, "f");
  CHECK(dimensions(options_of({nullptr}), without_version) == Json::parse(R"([["function_name"]])"));
}

TEST_CASE("a dimension set is left out when CloudWatch does not accept one of its values") {
  const std::string bad = GENERATE(as<std::string>{}, " ", "a\tb", "é", "\xFF", "a\n", "\x7F");
  InvocationRecord record = small_record();
  record.set_text(Field::function_name, "f");
  record.set_text(Field::version, bad);
  CHECK(dimensions(options_of({nullptr}), record) == Json::parse(R"([["function_name"]])"));
}

TEST_CASE("a truncated value is not a dimension value") {
  InvocationRecord record = small_record();
  record.set_text(Field::function_name, "f");
  const std::string longest(emf::longest_text, 'v');
  record.set_text(Field::version, longest);
  CHECK(dimensions(options_of({nullptr}), record).size() == 2);
  const std::string longer(emf::longest_text + 1, 'v');
  record.set_text(Field::version, longer);
  CHECK(dimensions(options_of({nullptr}), record).size() == 1);
  const std::string longer_when_escaped(emf::longest_text / 2 + 1, '"');
  record.set_text(Field::version, longer_when_escaped);
  CHECK(dimensions(options_of({nullptr}), record).size() == 1);
}

TEST_CASE("custom fields are dimensions") {
  const emf::Options options =
      options_of({"LAMBDA_VITALS_FIELDS=team=a", "LAMBDA_VITALS_DIMENSIONS=team;team,status", nullptr});
  InvocationRecord record = small_record();
  CHECK(dimensions(options, record) == Json::parse(R"([["team"]])"));
  record.set_text(Field::status, "success");
  CHECK(dimensions(options, record) == Json::parse(R"([["team"],["team","status"]])"));
}

TEST_CASE("event_type is a dimension, as it is on every line") {
  CHECK(dimensions(options_of({"LAMBDA_VITALS_DIMENSIONS=event_type", nullptr}), small_record()) ==
        Json::parse(R"([["event_type"]])"));
}

TEST_CASE("the set without names works beside others") {
  InvocationRecord record = small_record();
  record.set_text(Field::function_name, "f");
  CHECK(dimensions(options_of({"LAMBDA_VITALS_DIMENSIONS=none;function_name", nullptr}), record) ==
        Json::parse(R"([[],["function_name"]])"));
  CHECK(dimensions(options_of({"LAMBDA_VITALS_DIMENSIONS=none", nullptr}), record) == Json::parse("[[]]"));
}

TEST_CASE("names that cannot be dimensions are never in the directive") {
  emf::Options options = options_of({nullptr});
  options.custom_fields = {{"team", "é"}};
  options.dimension_sets = {{"duration"}, {"cold_start"}, {"nothing"}, {"team"}};
  CHECK(dimensions(options, full_example()) == Json::parse("[[]]"));
}

TEST_CASE("a metric that is not on the line is not in the directive, nor is a text one") {
  emf::Options options = options_of({nullptr});
  options.metrics = fields_that([](const FieldInfo&) { return true; });
  options.fields = {};
  options.fields.set(Field::request_id);
  options.fields.set(Field::duration);
  CHECK(directive(options, full_example())["Metrics"] == Json::parse(R"([{"Name":"duration","Unit":"Milliseconds"}])"));
}
