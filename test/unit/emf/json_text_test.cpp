#include "emf/json_text.h"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.h"

using namespace vitals::emf;

namespace {

std::string written(std::string_view text, std::size_t limit = 10'000) {
  std::string buffer(limit + 1, '~');
  const char* const end = write_json_text(buffer.data(), text, limit);
  const auto size = static_cast<std::size_t>(end - buffer.data());
  REQUIRE(size <= limit);
  CHECK(buffer.find_first_not_of('~', size) == std::string::npos);  // nothing is written beyond the end
  return buffer.substr(0, size);
}

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int time = 0; time < times; ++time) out += text;
  return out;
}

}  // namespace

TEST_CASE("a plain string is unchanged") {
  CHECK(written("").empty());
  CHECK(written("cpu-intensive") == "cpu-intensive");
  CHECK(written("{a: 'b', /c/}\x7F") == "{a: 'b', /c/}\x7F");
}

TEST_CASE("every byte that JSON wants escaped is, and reads back") {
  for (int byte = 0; byte < 0x80; ++byte) {
    const std::string text = "a" + std::string(1, static_cast<char>(byte)) + "b";
    const std::string line = "\"" + written(text) + "\"";
    CHECK(nlohmann::json::parse(line) == nlohmann::json(text));
    CHECK(line.find('\n') == std::string::npos);
  }
  CHECK(written("\"\\\n\r\t\b") == "\\\"\\\\\\n\\r\\t\\u0008");
  CHECK(written(std::string_view{"\0\x1F", 2}) == "\\u0000\\u001f");
}

TEST_CASE("UTF-8 is kept") {
  const std::string text = "é\u07FF€\uFFFD\U00010348\U0010FFFF";
  CHECK(written(text) == text);
}

TEST_CASE("every byte that is not UTF-8 becomes U+FFFD") {
  struct Case {
    std::string_view bytes;
    int replaced;
  };
  const auto [bytes, replaced] = GENERATE(values<Case>({
      {"\x80", 1},              // a continuation byte by itself
      {"\xC3", 1},              // cut short
      {"\xE2\x82", 2},          // cut short
      {"\xF0\x9F\x98", 3},      // cut short
      {"\xC0\xAF", 2},          // / written too long
      {"\xE0\x80\xAF", 3},      // / written too long
      {"\xF0\x80\x80\xAF", 4},  // / written too long
      {"\xED\xA0\x80", 3},      // half of a surrogate pair
      {"\xF4\x90\x80\x80", 4},  // beyond U+10FFFF
      {"\xF8\x88\x80\x80", 4},  // no such first byte
      {"\xFF\xFE", 2},
  }));
  CHECK(written("a" + std::string{bytes} + "b") == "a" + repeated("\uFFFD", replaced) + "b");
  CHECK(written(bytes) == repeated("\uFFFD", replaced));
}

TEST_CASE("a long string is truncated before the first character that does not fit") {
  CHECK(written("abcdef", 6) == "abcdef");
  CHECK(written("abcdef", 5) == "abcde");
  CHECK(written("abcdef", 0).empty());
  CHECK(written("ab€", 5) == "ab€");
  CHECK(written("ab€c", 5) == "ab€");
  CHECK(written("ab€", 4) == "ab");
  CHECK(written("ab\U00010348", 5) == "ab");
  CHECK(written("ab\n", 4) == "ab\\n");
  CHECK(written("ab\n", 3) == "ab");
  CHECK(written("ab\x01", 7) == "ab");
  CHECK(written("ab\xFF", 4) == "ab");
}

TEST_CASE("a truncated string does not continue with what would fit") {
  CHECK(written("a€b", 3) == "a");
}

TEST_CASE("append_json_text writes the whole text at the end") {
  std::string out = "x";
  append_json_text(out, "a\"\x01");
  CHECK(out == "xa\\\"\\u0001");
  append_json_text(out, "");
  CHECK(out == "xa\\\"\\u0001");
}

TEST_CASE("a dimension's value is 1 to 1,024 characters of printable ASCII, not all blank") {
  CHECK(is_dimension_value("a"));
  CHECK(is_dimension_value(" a "));
  CHECK(is_dimension_value("$LATEST"));
  CHECK(is_dimension_value(std::string(1024, 'a')));
  CHECK_FALSE(is_dimension_value(""));
  CHECK_FALSE(is_dimension_value("  "));
  CHECK_FALSE(is_dimension_value(std::string(1025, 'a')));
  CHECK_FALSE(is_dimension_value("a\tb"));
  CHECK_FALSE(is_dimension_value("a\x7F"));
  CHECK_FALSE(is_dimension_value("é"));
}

TEST_CASE("the length of the character that a text starts with") {
  CHECK(utf8_character("") == 0);
  CHECK(utf8_character("ab") == 1);
  CHECK(utf8_character(std::string_view{"\0", 1}) == 1);
  CHECK(utf8_character("éa") == 2);
  CHECK(utf8_character("€") == 3);
  CHECK(utf8_character("\U00010348") == 4);
  CHECK(utf8_character("\xC3") == 0);
}
