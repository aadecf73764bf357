#include "base/text.h"

#include <string>
#include <string_view>

#include "support/catch.h"

namespace vitals {

TEST_CASE("a text is what it was made of, as far as it fits") {
  using Short = Text<8>;
  CHECK(Short{}.empty());
  CHECK(Short{"12345678"} == "12345678");
  CHECK(Short{std::string{"123456789"}} == std::string_view{"12345678"});
  CHECK(Short::fits("12345678"));
  CHECK(!Short::fits("123456789"));
  CHECK(Short{std::string_view{"a\0b", 3}}.size() == 3);
}

TEST_CASE("a text grows to its limit and is truncated") {
  Text<8> text{"one"};
  text.append(".two");
  CHECK(text == "one.two");
  text.append(".three");
  CHECK(text == "one.two.");
  text.cut(3);
  CHECK(text == "one");
  text.cut(100);
  CHECK(text == "one");
  text.clear();
  CHECK(text == "");
  CHECK(text == Text<8>{});
}

}  // namespace vitals
