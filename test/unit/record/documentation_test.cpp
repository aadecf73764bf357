// docs/metrics.md says what the catalogue says.
#include "record/catalogue.h"

#include <nlohmann/json.hpp>

#include "support/catch.h"
#include "unit/record/markdown.h"
#include "validator/line_validator.h"

using namespace vitals;
using namespace vitals::test;

namespace {

std::string kind_in_words(Kind kind) {
  switch (kind) {
    case Kind::text:
    case Kind::word:
      return "string";
    case Kind::boolean:
      return "true or false";
    case Kind::whole:
      return "whole number";
    case Kind::thousandths:
      return "number";
  }
  return "";
}

const std::vector<std::string> no_faults;

MarkdownRow documented(const FieldInfo& row) {
  return {code(row.name),
          row.unit.empty() ? "–" : std::string{row.unit},
          kind_in_words(row.kind),
          row.default_metric ? "yes" : "",
          row.insights ? "Lambda Insights" : "ours",
          is_compact(row) ? "yes" : "",
          std::string{row.description}};
}

}  // namespace

TEST_CASE("the table of docs/metrics.md is the catalogue", "[docs]") {
  const auto rows = markdown_table("metrics.md", "Field");
  REQUIRE(rows.size() == catalogue.size() + 1);
  CHECK(rows[0] == MarkdownRow{"Field", "Unit", "Kind", "Metric by default", "Name from", "Compact", "Description"});
  for (std::size_t row = 0; row < catalogue.size(); ++row) CHECK(rows[row + 1] == documented(catalogue[row]));
}

// Not a test: ./scripts/check --fix docs runs it.
TEST_CASE("write the table of docs/metrics.md", "[.][write-docs]") {
  std::vector<MarkdownRow> rows;
  rows.reserve(catalogue.size());
  for (const FieldInfo& row : catalogue) rows.push_back(documented(row));
  CHECK(replace_markdown_table("metrics.md", "Field", rows));
}

TEST_CASE("the line that docs/metrics.md shows is a valid one", "[docs]") {
  const std::string text = markdown_block("metrics.md", "json");
  REQUIRE_FALSE(text.empty());
  const auto event = nlohmann::ordered_json::parse(text);
  const auto time_ms = event["_aws"]["Timestamp"].get<std::int64_t>();
  CHECK(validator::faults(event.dump() + "\n", time_ms) == no_faults);
}
