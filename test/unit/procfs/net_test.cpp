#include <string>
#include <vector>

#include "procfs/net_dev.h"
#include "procfs/net_route.h"
#include "support/catch.h"

using namespace vitals::procfs;

namespace {

const std::string dev_heading =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier "
    "compressed\n";

}  // namespace

TEST_CASE("net/dev: received and sent bytes of each interface") {
  std::vector<NetDevice> devices;
  const std::string text =
      dev_heading +
      "    lo:   94348     799    0    0    0     0          0         0    94349     799    0    0    0     "
      "0       0          0\n"
      "vinternal_1: 10 1 0 0 0 0 0 0 20 2 0 0 0 0 0 0\n";
  REQUIRE(parse_net_dev(text, devices).has_value());
  REQUIRE(devices.size() == 2);
  CHECK(devices[0].name == "lo");
  CHECK(devices[0].rx_bytes == 94348);
  CHECK(devices[0].tx_bytes == 94349);
  CHECK(devices[1].name == "vinternal_1");
  CHECK(devices[1].rx_bytes == 10);
  CHECK(devices[1].tx_bytes == 20);
}

TEST_CASE("net/dev: a wide number leaves no blank behind the colon, and an alias has a colon of its own") {
  std::vector<NetDevice> devices;
  const std::string text =
      dev_heading + "  eth0:123456789 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\neth0:1:7 1 0 0 0 0 0 0 8 1 0 0 0 0 0 0\n";
  REQUIRE(parse_net_dev(text, devices).has_value());
  REQUIRE(devices.size() == 2);
  CHECK(devices[0].name == "eth0");
  CHECK(devices[0].rx_bytes == 123456789);
  CHECK(devices[1].name == "eth0:1");
  CHECK(devices[1].rx_bytes == 7);
}

TEST_CASE("net/dev: a line that cannot be understood costs its own interface alone") {
  const std::string bad =
      GENERATE(as<std::string>{}, "eth1: 1 2 3\n", "eth1 1 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\n", "\n",
               "eth1: -1 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\n", "eth1: 18446744073709551615 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\n",
               ": 1 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\n", "eth1: x 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\n");
  std::vector<NetDevice> devices;
  const std::string text = dev_heading + bad + "eth0: 1 1 0 0 0 0 0 0 2 1 0 0 0 0 0 0\n";
  REQUIRE(parse_net_dev(text, devices).has_value());
  REQUIRE(devices.size() == 1);
  CHECK(devices[0].name == "eth0");
}

TEST_CASE("net/dev: a last line without its newline is truncated") {
  std::vector<NetDevice> devices;
  REQUIRE(parse_net_dev(dev_heading + "eth0: 1 1 0 0 0 0 0 0 2 1 0 0 0 0 0 0", devices).has_value());
  CHECK(devices.empty());
}

TEST_CASE("net/dev: without its heading it is something else") {
  std::vector<NetDevice> devices;
  const std::string text = GENERATE(as<std::string>{}, "", "\n", "eth0: 1 1 0 0 0 0 0 0 2 1 0 0 0 0 0 0\n", "a\nb\n");
  CHECK_FALSE(parse_net_dev(text, devices).has_value());
  CHECK(devices.empty());
}

TEST_CASE("net/route: the interface of the default route, of several the one with the smallest metric") {
  const std::string heading =
      "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT      \n";
  const std::string local = "eth1\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0      \n";
  const std::string text = heading + local + "eth2\t00000000\t010200C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n" +
                           "vinternal_1\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0      \n";
  const auto found = parse_default_route(text);
  REQUIRE(found.has_value());
  CHECK(*found == "vinternal_1");
  CHECK(parse_default_route(heading + local).error().code == vitals::ErrorCode::missing);
  CHECK(parse_default_route(heading).error().code == vitals::ErrorCode::missing);
  CHECK(parse_default_route("").error().code == vitals::ErrorCode::malformed);
}

TEST_CASE("net/route: what only looks like a default route") {
  const std::string heading = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
  const std::string route =
      GENERATE(as<std::string>{}, "eth0\t00000000\t010200C0\t0002\t0\t0\t0\t00000000\t0\t0\t0\n",  // down
               "eth0\t00000000\t010200C0\t0203\t0\t0\t0\t00000000\t0\t0\t0\n",                     // rejects
               "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000080\t0\t0\t0\n",                     // a half: 0/1
               "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0",                       // cut short
               "eth0\t00000000\t010200C0\tzz\t0\t0\t0\t00000000\t0\t0\t0\n", "eth0\n");
  CHECK_FALSE(parse_default_route(heading + route).has_value());
}

TEST_CASE("net/ipv6_route: the default route, not the one that every host has for the unreachable") {
  const std::string zeros(32, '0');
  const std::string reject =
      zeros + " 00 " + zeros + " 00 " + zeros + " ffffffff 00000001 00000000 00200200       lo\n";
  const std::string local = "fd000000000000000000000000000000 40 " + zeros + " 00 " + zeros +
                            " 00000100 00000001 00000000 00000001     eth1\n";
  const std::string real =
      zeros + " 00 " + zeros + " 00 fd000000000000000000000000000001 00000400 00000002 00000000 00000003     eth0\n";
  const std::string text = local + reject + real;
  const auto found = parse_default_route6(text);
  REQUIRE(found.has_value());
  CHECK(*found == "eth0");
  CHECK_FALSE(parse_default_route6(local + reject).has_value());
  CHECK_FALSE(parse_default_route6("").has_value());
  CHECK_FALSE(parse_default_route6(real.substr(0, real.size() - 1)).has_value());
}
