#include "config/dimension_sets.h"

#include <string>
#include <string_view>

#include "record/catalogue.h"
#include "support/catch.h"

using namespace vitals;
using namespace vitals::config;

namespace {

const CustomFields custom = {{"team", "payments"}, {"city", "Zürich"}, {"none", "x"}};

DimensionSets sets(std::string_view value) {
  return parse_dimension_sets(value, custom).value();
}
std::string problem(std::string_view value) {
  return parse_dimension_sets(value, custom).error().text;
}

}  // namespace

TEST_CASE("the default sets are Lambda Insights' two") {
  CHECK(default_dimension_sets() == DimensionSets{{"function_name"}, {"function_name", "version"}});
  CHECK(sets("function_name;function_name,version") == default_dimension_sets());
}

TEST_CASE("sets of text fields and custom fields") {
  CHECK(sets("architecture") == DimensionSets{{"architecture"}});
  CHECK(sets(" team , function_name ; team ; ") == DimensionSets{{"team", "function_name"}, {"team"}});
}

TEST_CASE("every string field can be a dimension, except ids of invocations and line_reason") {
  for (const FieldInfo& row : catalogue) {
    const bool usable = is_text(row) && row.field != Field::request_id && row.field != Field::trace_id &&
                        row.field != Field::line_reason;
    CHECK(parse_dimension_sets(row.name, {}).has_value() == usable);
  }
  CHECK(problem("request_id") ==
        "\"request_id\" as a dimension would create a new billed metric with every invocation");
  CHECK(problem("function_name,trace_id") ==
        "\"trace_id\" as a dimension would create a new billed metric with every invocation");
}

TEST_CASE("none is the set without names") {
  CHECK(sets("none") == DimensionSets{{}});
  CHECK(sets("NONE;function_name") == DimensionSets{{}, {"function_name"}});
}

TEST_CASE("a name or a set that appears twice counts once") {
  CHECK(sets("team,team") == DimensionSets{{"team"}});
  CHECK(sets("team;function_name;team") == DimensionSets{{"team"}, {"function_name"}});
  CHECK(sets("team,function_name;function_name,team") == DimensionSets{{"team", "function_name"}});
  CHECK(sets("none;none") == DimensionSets{{}});
}

TEST_CASE("what cannot be a dimension is a mistake") {
  CHECK(problem("duration") == "\"duration\" is not a string, so it cannot be a dimension");
  CHECK(problem("cold_start") == "\"cold_start\" is not a string, so it cannot be a dimension");
  CHECK(problem("stage") == "\"stage\" is neither a string field nor in LAMBDA_VITALS_FIELDS");
  CHECK(problem("city") == "\"city\" has a value that is not printable ASCII");
  const std::string_view bad =
      GENERATE(as<std::string_view>{}, ";", ";;", ",", "team;,", "team,none,", "Team", "function_name version", "\xFF");
  CHECK_FALSE(parse_dimension_sets(bad, {{"team", "a"}}).has_value());
}

TEST_CASE("a set has at most the names that CloudWatch takes") {
  CustomFields many;
  std::string set;
  for (std::size_t number = 0; number < most_names_in_a_set; ++number) {
    many.emplace_back("k" + std::to_string(number), "v");
    set += many.back().first + ",";
  }
  CHECK(parse_dimension_sets(set, many).value()[0].size() == most_names_in_a_set);
  CHECK(parse_dimension_sets(set + set, many).value()[0].size() == most_names_in_a_set);
  CHECK_FALSE(parse_dimension_sets(set + "function_name", many).has_value());
}

TEST_CASE("there is a limit to sets") {
  CustomFields many;
  std::string list;
  for (std::size_t number = 0; number < most_dimension_sets; ++number) {
    many.emplace_back("k" + std::to_string(number), "v");
    list += many.back().first + ";";
  }
  CHECK(parse_dimension_sets(list, many).value().size() == most_dimension_sets);
  CHECK(parse_dimension_sets(list + list, many).value().size() == most_dimension_sets);
  CHECK_FALSE(parse_dimension_sets(list + "function_name", many).has_value());
}
