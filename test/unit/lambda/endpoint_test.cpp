#include "lambda/endpoint.h"

#include <string>
#include <vector>

#include "support/catch.h"

namespace vitals::lambda {

TEST_CASE("an endpoint is an address and a port") {
  CHECK(parse_endpoint("127.0.0.1:9001").value().port() == 9001);
  CHECK(parse_endpoint("169.254.100.1:9001").value().address().to_string() == "169.254.100.1");
  CHECK(parse_endpoint("localhost:80").value().address().to_string() == "127.0.0.1");
  CHECK(parse_endpoint("[::1]:65535").value().address().to_string() == "::1");
}

TEST_CASE("anything else is malformed, and the error quotes it") {
  const std::vector<std::string> wrong{"",          "127.0.0.1",      "127.0.0.1:", "127.0.0.1:0",   ":9001",
                                       "host:9001", "127.0.0.1:-1",   "1.2.3.4:9x", "1.2.3.4:65536", "1.2.3.4: 9001",
                                       "[::1:9001", "127.0.0.1:900 1"};
  for (const auto& text : wrong) {
    CAPTURE(text);
    const auto endpoint = parse_endpoint(text);
    REQUIRE(!endpoint);
    CHECK(endpoint.error().code == ErrorCode::malformed);
    CHECK(endpoint.error().text.find('"' + text + '"') != std::string::npos);
  }
}

}  // namespace vitals::lambda
