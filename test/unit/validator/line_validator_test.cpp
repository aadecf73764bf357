// The line as bytes: what is JSON, how long it is, and what other lines said.
#include "validator/line_validator.h"

#include <string>
#include <string_view>

#include "support/catch.h"
#include "unit/validator/defects.h"

using namespace vitals;
using namespace vitals::test;

namespace {

Texts faults_of_text(const std::string& line) {
  return validator::faults(line, now_ms);
}

std::string valid_line() {
  return valid_event().dump() + "\n";
}

// The valid line with `text` as the last member of the object.
std::string with_member(std::string_view text) {
  std::string line = valid_event().dump();
  line.back() = ',';
  return line + std::string{text} + "}\n";
}

}  // namespace

TEST_CASE("a valid line is valid as it is written") {
  CHECK(faults_of_text(valid_line()) == no_faults);
  CHECK(faults_of_text(with_member(R"("stage":"pr\u00f6d")")) == no_faults);
}

TEST_CASE("a line ends with its newline and has no other") {
  CHECK(faults_of_text(valid_event().dump()) == Texts{"no newline at the end"});
  CHECK(faults_of_text(valid_line() + "\n").front() == "a newline inside");
  CHECK(faults_of_text(valid_event().dump(1) + "\n") == Texts{"a newline inside"});
  CHECK(faults_of_text(valid_event().dump() + "\r\n") == Texts{"there is something before or after the object"});
}

TEST_CASE("there is nothing before or after the object") {
  const std::string around = "there is something before or after the object";
  CHECK(faults_of_text("") == Texts{"no newline at the end", around});
  CHECK(faults_of_text("\n") == Texts{around});
  CHECK(faults_of_text(" " + valid_line()) == Texts{around});
  CHECK(faults_of_text("[]\n") == Texts{around});
  CHECK(faults_of_text("\xEF\xBB\xBF" + valid_line()) == Texts{around});
  CHECK(faults_of_text(valid_event().dump() + "{}\n").front().starts_with("not JSON: "));
}

TEST_CASE("what is not JSON is a fault") {
  const std::string_view bad =
      GENERATE(as<std::string_view>{}, "\"a\":NaN", "\"a\":Infinity", "\"a\":1e999", "\"a\":01", "\"a\":.5",
               "\"a\":'x'", "\"a\":\"\t\"", "\"a\":\"\xFF\"", "\"a\":\"\xED\xA0\x80\"", "\"a\":\"\\x\"",
               "\"a\":", "a:1", "\"a\":1,", "/**/\"a\":1", "\"a\":{}}{");
  const Texts faults = faults_of_text(with_member(bad));
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].starts_with("not JSON: "));
}

TEST_CASE("a duplicate key is a fault, at any depth") {
  CHECK(faults_of_text(with_member(R"("team":"b")")).front() == "key \"team\" is there twice");
  CHECK(faults_of_text(with_member(R"("x":{"a":1,"b":[{"c":1,"c":1}]})")).front() == "key \"c\" is there twice");
  CHECK(faults_of_text(with_member(R"("x":{"a":1},"y":{"a":1})")).front().find("twice") == std::string::npos);
}

TEST_CASE("a line is no longer than is allowed") {
  Json event = valid_event();
  event["team"] = "";
  event["team"] = std::string(4096 - event.dump().size() - 1, 't');
  CHECK(faults_of(event) == no_faults);
  event["team"] = event["team"].get<std::string>() + "t";
  CHECK(faults_of(event) == Texts{"4097 bytes, more than 4096"});
  CHECK(faults_of(event, {.max_bytes = 4097}) == no_faults);
}

TEST_CASE("every line has a request id that no other line has") {
  validator::LineValidator lines;
  CHECK(lines.faults(valid_line(), now_ms) == no_faults);
  CHECK(lines.faults(valid_line(), now_ms) == Texts{"request_id \"r-1\" was there before"});
  Json event = valid_event();
  event["request_id"] = "r-2";
  CHECK(lines.faults(event.dump() + "\n", now_ms) == no_faults);
  event.erase("request_id");
  CHECK(lines.faults(event.dump() + "\n", now_ms) == Texts{"no request_id"});
}

TEST_CASE("deep nesting is a fault like others and no more") {
  const std::string line = with_member("\"a\":" + std::string(1000, '[') + std::string(1000, ']'));
  CHECK(faults_of_text(line) == Texts{"custom field \"a\" is not a text"});
}
