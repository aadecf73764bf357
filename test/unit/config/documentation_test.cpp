// docs/configuration.md says what the table of settings says.
#include "config/settings.h"
#include "support/catch.h"
#include "unit/record/markdown.h"

using namespace vitals;
using namespace vitals::test;

TEST_CASE("the table of docs/configuration.md is the table of settings", "[docs]") {
  const auto rows = markdown_table("configuration.md", "Variable");
  const auto settings = setting_catalogue();
  REQUIRE(rows.size() == settings.size() + 1);
  CHECK(rows[0] == MarkdownRow{"Variable", "Default", "Meaning"});
  for (std::size_t row = 0; row < settings.size(); ++row) {
    const SettingInfo& setting = settings[row];
    const std::string fallback = setting.default_value.empty() ? "–" : code(setting.default_value);
    CHECK(rows[row + 1] == MarkdownRow{code(setting.name), fallback, std::string{setting.description}});
  }
}
