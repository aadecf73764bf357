#include "lambda/endpoint.h"

#include <string>
#include <vector>

#include "support/catch.h"

namespace vitals::lambda {

TEST_CASE("the value names a host, a port and perhaps a path") {
  struct Row {
    std::string value, host, authority, prefix;
  };
  const std::vector<Row> rows{
      {"127.0.0.1:9001", "127.0.0.1", "127.0.0.1:9001", ""},
      {"[::1]:9001", "::1", "[::1]:9001", ""},
      {"host.docker.internal:9001", "host.docker.internal", "host.docker.internal:9001", ""},
      {"my_host-1:9001/", "my_host-1", "my_host-1:9001", ""},
      {"127.0.0.1:9001/some/prefix", "127.0.0.1", "127.0.0.1:9001", "/some/prefix"},
      {"[::1]:9001/.rt/name//", "::1", "[::1]:9001", "/.rt/name"},
      {"HTTP://localhost:9001/a:b@c", "localhost", "localhost:9001", "/a:b@c"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.value);
    const auto url = parse_api_url(row.value).value();
    CHECK(url.host == row.host);
    CHECK(url.port == 9001);
    CHECK(url.authority == row.authority);
    CHECK(url.prefix == row.prefix);
  }
}

TEST_CASE("an address is not looked up") {
  const auto endpoint = find_endpoint("169.254.100.1:9001").value();
  CHECK(endpoint.address.address().to_string() == "169.254.100.1");
  CHECK(endpoint.address.port() == 9001);
  CHECK(find_endpoint("[::1]:65535/path").value().address.address().to_string() == "::1");
  CHECK(find_endpoint("[::1]:65535/path").value().prefix == "/path");
}

TEST_CASE("anything else is malformed, and the error quotes it") {
  const std::vector<std::string> wrong{"",
                                       "127.0.0.1",
                                       "127.0.0.1:",
                                       "127.0.0.1:0",
                                       ":9001",
                                       "127.0.0.1:-1",
                                       "host",
                                       "1.2.3.4:9x",
                                       "1.2.3.4:65536",
                                       "1.2.3.4: 9001",
                                       "[::1:9001",
                                       "127.0.0.1:900 1",
                                       "a b:9001",
                                       "[]:9001",
                                       "[host]:9001/",
                                       "256.1.1.1:9001",
                                       "1.2.3:9001",
                                       "https://127.0.0.1:9001",
                                       "://a:1",
                                       "user@host:9001",
                                       "host:9001/a b",
                                       "host:9001/a?b",
                                       "host:9001/a#b",
                                       "host:9001?a",
                                       "/a:1",
                                       "h\xc3\xa9:9001/",
                                       "host:9001/\x7f",
                                       std::string(254, 'a') + ":1",
                                       "a:1/" + std::string(256, 'a')};
  for (const auto& text : wrong) {
    CAPTURE(text);
    const auto url = parse_api_url(text);
    REQUIRE(!url);
    CHECK(url.error().code == ErrorCode::malformed);
    CHECK(url.error().text.size() < 200);
  }
  CHECK(parse_api_url("127.0.0.1").error().text == "AWS_LAMBDA_RUNTIME_API is \"127.0.0.1\": it has no port");
  CHECK(parse_api_url("\n\x01x").error().text == "AWS_LAMBDA_RUNTIME_API is \"??x\": it has no port");
}

}  // namespace vitals::lambda
