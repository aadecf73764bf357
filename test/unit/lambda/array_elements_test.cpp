#include "lambda/array_elements.h"

#include <algorithm>
#include <string>
#include <vector>

#include "support/catch.h"

namespace vitals::lambda {

namespace {

// Keeps what it is given. An element is broken when it has a '!' in it.
class Kept final : public ArrayElements {
 public:
  Kept() : ArrayElements(20, "{\"t\"") {}
  std::vector<std::string> elements;
  int broken = 0;

 private:
  bool element(std::string_view text) override {
    if (text.find('!') == std::string_view::npos) {
      elements.emplace_back(text);
      return true;
    }
    ++broken;
    return false;
  }
  void left_out() override { ++broken; }
};

struct Example {
  const char* text;
  std::vector<std::string> elements;
  int broken;
};

}  // namespace

TEST_CASE("the elements of an array, whatever its pieces") {
  const Example example =
      GENERATE(Example{"[]", {}, 0}, Example{" [ {\"t\":1} , {\"t\":[{}]}\n] ", {"{\"t\":1} ", "{\"t\":[{}]}\n"}, 0},
               Example{R"([{"t":"]},{\"["},7,"x"])", {R"({"t":"]},{\"["})", "7", "\"x\""}, 0},
               Example{"[{\"t\":!},{\"t\":2}]", {"{\"t\":2}"}, 1},
               // A bracket that closes nothing, one that is missing, a quote that is missing.
               Example{"[{\"t\":]!},{\"t\":2}]", {"{\"t\":2}"}, 1}, Example{"[{\"t\":[1},{\"t\":2}]", {"{\"t\":2}"}, 1},
               Example{"[{\"t\":\"1!},{\"t\":2}]", {"{\"t\":2}"}, 1}, Example{"[{\"t\":1},{\"t\":", {"{\"t\":1}"}, 1},
               Example{"[{\"t\":1}", {"{\"t\":1}"}, 1}, Example{"[{\"t\":\"a long one, a long one\"},2]", {"2"}, 1},
               Example{"[{\"t\":[[[[[1,{\"t\":2},3]", {"{\"t\":2}", "3"}, 1}, Example{"", {}, 1},
               Example{"{\"t\":1}", {}, 1}, Example{"[1]2", {"1"}, 0});
  CAPTURE(example.text);
  const std::string text = example.text;
  for (std::size_t size : {std::size_t{1}, std::size_t{3}, text.size() + 1}) {
    CAPTURE(size);
    Kept kept;
    for (std::size_t at = 0; at < text.size(); at += size) kept.feed(std::string_view{text}.substr(at, size));
    kept.end();
    CHECK(kept.elements == example.elements);
    CHECK(kept.broken == example.broken);
  }
}

TEST_CASE("an element deeper than brackets are distinguished ends where it should") {
  Kept kept;
  kept.feed("[" + std::string(10'000, '[') + std::string(10'000, ']') + ",1]");
  kept.end();
  CHECK(kept.elements == std::vector<std::string>{"1"});
}

TEST_CASE("broken elements are searched a bounded number of times") {
  Kept kept;
  std::string text = "[";
  for (int at = 0; at < 100'000; ++at) text += "{\"t\"!";
  kept.feed(text);
  kept.end();
  CHECK(kept.elements.empty());
  CHECK(kept.broken < 50);
}

}  // namespace vitals::lambda
