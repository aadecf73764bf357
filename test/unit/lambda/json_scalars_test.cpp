#include "lambda/json_scalars.h"

#include <string>
#include <variant>
#include <vector>

#include "support/catch.h"

namespace vitals::lambda {
namespace {

// Writes down every call as one line.
class Recorder final : public ScalarVisitor {
 public:
  void scalar(std::string_view path, const Scalar& value) override {
    std::string text{path};
    text += '=';
    if (const auto* flag = std::get_if<bool>(&value)) text += *flag ? "true" : "false";
    if (const auto* whole = std::get_if<std::int64_t>(&value)) text += std::to_string(*whole);
    if (const auto* real = std::get_if<double>(&value)) text += std::to_string(*real);
    if (const auto* view = std::get_if<std::string_view>(&value)) text += *view;
    calls.push_back(text);
  }
  void object_end(std::string_view path) override { calls.push_back("end " + std::string{path}); }

  std::vector<std::string> calls;
};

std::vector<std::string> walk(const std::string& text) {
  Recorder recorder;
  if (!walk_json(text, recorder)) recorder.calls.emplace_back("malformed");
  return recorder.calls;
}

using Calls = std::vector<std::string>;

}  // namespace

TEST_CASE("every scalar comes with its path, and objects tell their end") {
  CHECK(walk(R"({"a":1,"b":{"c":"x","d":[true,2.5]},"e":null})") ==
        Calls{"a=1", "b.c=x", "b.d[]=true", "b.d[]=2.500000", "end b", "end "});
  CHECK(walk(R"([{"t":"x","r":{"s":[{"n":"y"},{"n":"z"}],"u":-1}},3])") ==
        Calls{"[].t=x", "[].r.s[].n=y", "end [].r.s[]", "[].r.s[].n=z", "end [].r.s[]", "[].r.u=-1", "end [].r",
              "end []", "[]=3"});
  CHECK(walk("[[1],[[2]]]") == Calls{"[][]=1", "[][][]=2"});
  CHECK(walk("7") == Calls{"=7"});
}

TEST_CASE("a number beyond 64 bits comes as a double") {
  CHECK(walk("[18446744073709551615]").size() == 1);
  CHECK(walk("[9223372036854775807]") == Calls{"[]=9223372036854775807"});
  CHECK(walk("[-9223372036854775808]") == Calls{"[]=-9223372036854775808"});
}

TEST_CASE("what is not JSON is malformed, and what came before it remains") {
  CHECK(walk("") == Calls{"malformed"});
  CHECK(walk("{") == Calls{"malformed"});
  CHECK(walk(R"([{"a":1},{"b":)") == Calls{"[].a=1", "end []", "malformed"});
  CHECK(walk("[1] [2]").back() == "malformed");
  CHECK(walk("[NaN]") == Calls{"malformed"});
  CHECK(walk("[1e999]") == Calls{"malformed"});
  CHECK(walk("[\"\xff\"]") == Calls{"malformed"});
  CHECK(walk("\x01\x02\x03") == Calls{"malformed"});
}

TEST_CASE("what lies too deep is skipped, and the rest is not") {
  std::string deep = R"({"first":1,"x":)";
  for (int i = 0; i < 10'000; ++i) deep += R"({"level":)";
  deep += "0" + std::string(10'000, '}') + R"(,"last":2})";
  const auto calls = walk(deep);
  CHECK(calls.front() == "first=1");
  CHECK(calls[calls.size() - 2] == "last=2");
  CHECK(calls.size() < 100);

  CHECK(walk(std::string(10'000, '[') + std::string(10'000, ']')).empty());
  CHECK(walk('{' + ('"' + std::string(500, 'k') + R"(":{"a":[1]},"b":2})")) == Calls{"b=2", "end "});
}

}  // namespace vitals::lambda
