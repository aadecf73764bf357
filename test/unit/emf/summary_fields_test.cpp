// docs/metrics.md says which fields a summary has.
#include <algorithm>
#include <string>
#include <vector>

#include "emf/summaries.h"
#include "support/catch.h"
#include "unit/emf/sample_records.h"
#include "unit/record/markdown.h"

using namespace vitals;
using namespace vitals::test;

namespace {

// Those of an invocation that has everything, without metrics.
std::vector<std::string> fields_of_a_summary() {
  emf::LineEncoder encoder{options_of({"LAMBDA_VITALS_LINES=notable", "LAMBDA_VITALS_METRICS=none", nullptr})};
  std::vector<std::string> names;
  emf::Summaries summaries{encoder, [&](const Summary& summary) {
                             const Json event = Json::parse(encoder.encode(summary));
                             for (const auto& [name, value] : event.items()) names.push_back(name);
                           }};
  CHECK(summaries.add(whole_catalogue()));
  summaries.write_before(std::numeric_limits<std::int64_t>::max());
  names.erase(names.begin());  // _aws
  return names;
}

}  // namespace

TEST_CASE("the table of docs/metrics.md has the fields of a summary", "[docs]") {
  std::vector<MarkdownRow> expected{{"Summary field", "Unit"}};
  for (const std::string& name : fields_of_a_summary()) {
    const auto& unit = info(find_field(name).value()).unit;
    expected.push_back({code(name), unit.empty() ? "–" : std::string{unit}});
  }
  auto rows = markdown_table("metrics.md", "Summary field");
  REQUIRE(rows.size() == expected.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    REQUIRE(rows[row].size() == 3);
    CHECK_FALSE(rows[row][2].empty());
    rows[row].pop_back();
    CHECK(rows[row] == expected[row]);
  }
}
