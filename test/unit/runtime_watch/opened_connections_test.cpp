#include "runtime_watch/opened_connections.h"

#include <string>

#include "support/catch.h"

namespace vitals::runtime {

TEST_CASE("connections that were opened: the value below its name") {
  const std::string text =
      "Ip: Forwarding DefaultTTL\nIp: 1 64\nTcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens\n"
      "Tcp: 1 200 120000 -1 315 20\nUdp: InDatagrams\nUdp: 7\n";
  CHECK(parse_opened_connections(text) == 315U);
  // The file of another kernel, cut off at any byte: the value or nothing.
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto value = parse_opened_connections(text.substr(0, size));
    CHECK((!value || *value == 315U));
  }
  CHECK_FALSE(parse_opened_connections("Tcp: RtoAlgorithm\nTcp: 1\n"));
  CHECK_FALSE(parse_opened_connections("Tcp: ActiveOpens\nTcp: x\n"));
  CHECK_FALSE(parse_opened_connections("Tcp: A ActiveOpens\nTcp: 1\n"));
}

TEST_CASE("the kernel's own file") {
  CHECK(read_opened_connections());
  CHECK_FALSE(read_opened_connections("/nonexistent"));
}

}  // namespace vitals::runtime
