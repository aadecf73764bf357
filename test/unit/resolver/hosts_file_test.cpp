#include "resolver/hosts_file.h"

#include <string>
#include <vector>

#include "support/catch.h"

namespace vitals::resolver {

namespace {

std::vector<std::string> found(std::string_view text, std::string_view name = "api.test") {
  std::vector<std::string> texts;
  for (const auto& address : addresses_in_hosts(text, name)) texts.push_back(address.to_string());
  return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a host has the addresses of every line that names it, in their order") {
  constexpr auto* text =
      "# made by Docker\n"
      "127.0.0.1\tlocalhost\n"
      "::1     ip6-localhost\n"
      "\n"
      "10.0.0.1 other.test api.test # api.test\n"
      "fe80::2 \t API.Test\r\n"
      "10.0.0.3 api.test.example xapi.test # api.test\n"
      "10.0.0.4 api.test";
  CHECK(found(text) == Texts{"10.0.0.1", "fe80::2", "10.0.0.4"});
  CHECK(found(text, "localhost") == Texts{"127.0.0.1"});
  CHECK(found(text, "127.0.0.1").empty());
}

TEST_CASE("a line without a valid address is skipped") {
  for (const auto* text : {"", "\n", "api.test", "api.test api.test\n", "10.0.0 api.test\n", "10.0.0.256 api.test\n",
                           "#10.0.0.1 api.test\n", "10.0.0.1#api.test\n", "10.0.0.1\napi.test\n", " \t\n"}) {
    CAPTURE(text);
    CHECK(found(text).empty());
  }
  CHECK(found(std::string(1000, '1') + " api.test\n10.0.0.1 api.test\n") == Texts{"10.0.0.1"});
}

TEST_CASE("no more addresses are taken than fit") {
  std::string text;
  for (int number = 0; number < 100; ++number) text += "10.0.0." + std::to_string(number) + " api.test\n";
  CHECK(found(text).size() == max_addresses);
}

}  // namespace vitals::resolver
