#include "config/text.h"

#include <string>
#include <string_view>
#include <vector>

#include "support/catch.h"

using namespace vitals::config;

namespace {

std::vector<std::string> items(std::string_view list) {
  std::vector<std::string> out;
  while (const auto item = next_item(list, ',')) out.emplace_back(*item);
  return out;
}

using Items = std::vector<std::string>;

}  // namespace

TEST_CASE("spaces around a value do not count") {
  CHECK(trimmed("").empty());
  CHECK(trimmed(" \t\r\n").empty());
  CHECK(trimmed("a") == "a");
  CHECK(trimmed("  a b\n") == "a b");
}

TEST_CASE("letter case matters only in ASCII letters") {
  CHECK(equal_ignoring_case("", ""));
  CHECK(equal_ignoring_case("JSON", "json"));
  CHECK_FALSE(equal_ignoring_case("json", "jso"));
  CHECK_FALSE(equal_ignoring_case("jso", "json"));
  CHECK_FALSE(equal_ignoring_case("[", "{"));
  CHECK_FALSE(equal_ignoring_case("@", "`"));
}

TEST_CASE("a list's empty items are left out") {
  CHECK(items("").empty());
  CHECK(items(",, ,").empty());
  CHECK(items("a") == Items{"a"});
  CHECK(items("a,b") == Items{"a", "b"});
  CHECK(items(" a , ,b,") == Items{"a", "b"});
}

TEST_CASE("a value in a message is printable and short") {
  CHECK(shown("") == "\"\"");
  CHECK(shown("a b") == "\"a b\"");
  CHECK(shown("a\nb\x80\x7F") == "\"a?b??\"");
  CHECK(shown(std::string(64, 'a')) == "\"" + std::string(64, 'a') + "\"");
  CHECK(shown(std::string(65, 'a')) == "\"" + std::string(64, 'a') + "...\"");
  CHECK(shown(std::string(1'000'000, 'a')).size() == 69);
}

TEST_CASE("the name that was probably meant") {
  const std::string_view names[] = {"EMIT", "METRICS", "NAMESPACE", "NETWORK_INTERFACES"};
  CHECK(nearest("NAMESPCE", names) == "NAMESPACE");
  CHECK(nearest("METRIC", names) == "METRICS");
  CHECK(nearest("metrics", names) == "METRICS");
  CHECK(nearest("EMTI", names) == "EMIT");
  CHECK(nearest("NETWORK_INTERFACE", names) == "NETWORK_INTERFACES");
  CHECK(nearest("COLOUR", names).empty());
  CHECK(nearest("", names).empty());
  CHECK(nearest("X", names).empty());
  CHECK(nearest(std::string(1'000'000, 'E'), names).empty());
  CHECK(nearest("EMIT", {}).empty());
}
