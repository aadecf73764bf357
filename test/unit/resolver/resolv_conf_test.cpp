#include "resolver/resolv_conf.h"

#include <string>
#include <vector>

#include "support/catch.h"

namespace vitals::resolver {

namespace {

using Texts = std::vector<std::string>;

Texts servers(std::string_view text) {
  const auto conf = parse_resolv_conf(text);
  Texts texts;
  for (const auto& server : conf.servers) texts.push_back(server.to_string());
  return texts;
}

Texts candidates(std::string_view text, std::string_view name) {
  const auto conf = parse_resolv_conf(text);
  Texts texts;
  for (std::size_t number = 0; number < candidate_count(conf, name); ++number)
    texts.emplace_back(std::string_view{candidate(conf, name, number)});
  return texts;
}

}  // namespace

TEST_CASE("the first three name servers are asked") {
  CHECK(servers("nameserver 10.0.0.2\n") == Texts{"10.0.0.2"});
  CHECK(
      servers(
          "# nameserver 10.0.0.1\n;nameserver 10.0.0.1\nnameserver\t::1 # comment\nnameserver x\nnameserver 10.0.0.2\n"
          "nameserver 10.0.0.3\nnameserver 10.0.0.4") == Texts{"::1", "10.0.0.2", "10.0.0.3"});
}

TEST_CASE("where none is named, the one on this machine is asked") {
  for (const auto* text : {"", "nameserver\n", "nameserver 10.0.0\n", "search example.test\n", "\x01\x02"})
    CHECK(servers(text) == Texts{"127.0.0.1"});
}

TEST_CASE("a name without enough dots is first looked for under the search domains") {
  constexpr auto* text = "search svc.test. cluster.test\noptions timeout:1 ndots:2 rotate\n";
  CHECK(candidates(text, "api") == Texts{"api.svc.test", "api.cluster.test", "api"});
  CHECK(candidates(text, "api.one") == Texts{"api.one.svc.test", "api.one.cluster.test", "api.one"});
  CHECK(candidates(text, "api.one.two") == Texts{"api.one.two", "api.one.two.svc.test", "api.one.two.cluster.test"});
  CHECK(candidates(text, "api.") == Texts{"api"});
  CHECK(candidates("", "api") == Texts{"api"});
}

TEST_CASE("the last search or domain line counts, and invalid parts of it are skipped") {
  CHECK(candidates("search a b\ndomain c\n", "x") == Texts{"x.c", "x"});
  CHECK(candidates("search . .. " + std::string(300, 'd') + " e\noptions ndots: ndots:x ndots:-1\n", "x") ==
        Texts{"x.e", "x"});
  CHECK(candidates("search a b c d e f g h\n", "x").size() == max_search_domains + 1);
  CHECK(candidates("search " + std::string(250, 'd'), "long") == Texts{"", "long"});
}

}  // namespace vitals::resolver
