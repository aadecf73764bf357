#include "config/custom_fields.h"

#include <string>
#include <string_view>

#include "record/catalogue.h"
#include "support/catch.h"

using namespace vitals;
using namespace vitals::config;

TEST_CASE("fields of the user's own") {
  CHECK(parse_custom_fields("team=payments").value() == CustomFields{{"team", "payments"}});
  CHECK(parse_custom_fields(" team = payments , stage=prod,").value() ==
        CustomFields{{"team", "payments"}, {"stage", "prod"}});
  CHECK(parse_custom_fields("_a.b-9=x").value() == CustomFields{{"_a.b-9", "x"}});
  CHECK(parse_custom_fields("url=a=b").value() == CustomFields{{"url", "a=b"}});
  CHECK(parse_custom_fields("city=Zürich \"HB\"").value() == CustomFields{{"city", "Zürich \"HB\""}});
}

TEST_CASE("what is not key=value is a mistake") {
  const std::string_view bad =
      GENERATE(as<std::string_view>{}, ",", "team", "team,stage=prod", "=", "=x", "team=", "team= ", "1a=x", ".a=x",
               "a b=x", "té=x", "a\"=x", "a:b=x", "team=a\tb", "team=\x7F", "team=\xFF", "team=\xC3");
  CHECK_FALSE(parse_custom_fields(bad).has_value());
}

TEST_CASE("a name of the record's own is refused") {
  for (const FieldInfo& row : catalogue) CHECK_FALSE(parse_custom_fields(std::string{row.name} + "=x").has_value());
  for (const std::string_view name : {"_aws", "timestamp", "level"}) {
    CHECK_FALSE(parse_custom_fields(std::string{name} + "=x").has_value());
  }
}

TEST_CASE("a key that appears twice is refused") {
  CHECK(parse_custom_fields("team=a,stage=b,team=a").error().text == "\"team\" appears twice");
}

TEST_CASE("there are limits to custom fields") {
  const std::string longest_key(longest_custom_key, 'k');
  CHECK(parse_custom_fields(longest_key + "=v").has_value());
  CHECK_FALSE(parse_custom_fields(longest_key + "k=v").has_value());

  const std::string longest_value(longest_custom_value, 'v');
  CHECK(parse_custom_fields("k=" + longest_value).has_value());
  CHECK_FALSE(parse_custom_fields("k=v" + longest_value).has_value());

  std::string many = "k0=v";
  for (std::size_t number = 1; number < most_custom_fields; ++number) many += ",k" + std::to_string(number) + "=v";
  CHECK(parse_custom_fields(many).value().size() == most_custom_fields);
  CHECK_FALSE(parse_custom_fields(many + ",one=more").has_value());

  CHECK_FALSE(parse_custom_fields("k=v" + std::string(longest_custom_fields, ',')).has_value());
}
