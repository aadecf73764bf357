#include "sampling/network.h"

#include <fcntl.h>

#include <array>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/temporary_directory.h"

using namespace vitals;
using Names = std::vector<std::string>;

namespace {

std::vector<procfs::NetDevice> devices(const std::vector<std::string_view>& names) {
  std::vector<procfs::NetDevice> list;
  list.reserve(names.size());
  for (const auto name : names) list.push_back({.name = name});
  return list;
}

struct Interface {
  std::string name;
  int rx;
  int tx;
};

std::string dev(const std::vector<Interface>& interfaces) {
  std::string text = "Inter-|   Receive |  Transmit\n face |bytes packets|bytes packets\n";
  for (const auto& each : interfaces) {
    text +=
        each.name + ":" + std::to_string(each.rx) + " 0 0 0 0 0 0 0 " + std::to_string(each.tx) + " 0 0 0 0 0 0 0\n";
  }
  return text;
}

std::string route(const std::string& name) {
  return "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n" + name +
         "\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";
}

// A network below a /proc of its own.
struct Fixture {
  TemporaryDirectory proc;
  FileDescriptor root{::open(proc.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  std::array<char, 16384> buffer{};

  std::string read(Network& network) {
    std::vector<InterfaceCounters> counters(3);
    network.read(counters, buffer);
    std::string text;
    for (const auto& each : counters) {
      text += std::string(each.name.data()) + " " + std::to_string(each.rx_bytes) + "/" +
              std::to_string(each.tx_bytes) + " ";
    }
    return text;
  }
};

}  // namespace

TEST_CASE("the data interface is the one with the default route") {
  const auto all = devices({"lo", "eth0", "eth1", "vinternal_1", "telemetry1_sb"});
  CHECK(choose_interfaces(all, {}, "eth1", "") == Names{"eth1"});
  CHECK(choose_interfaces(all, {}, "eth1", "eth1") == Names{"eth1"});
  CHECK(choose_interfaces(all, {}, "eth1", "eth0") == Names{"eth0", "eth1"});
  CHECK(choose_interfaces(all, {}, "", "eth0") == Names{"eth0"});
}

TEST_CASE("without a route: the names that Lambda uses, else all that may carry data") {
  CHECK(choose_interfaces(devices({"lo", "telemetry1_sb", "vinternal_1", "x"}), {}, "", "") == Names{"vinternal_1"});
  CHECK(choose_interfaces(devices({"lo", "vint_runtime", "x"}), {}, "", "") == Names{"vint_runtime"});
  CHECK(choose_interfaces(devices({"lo", "telemetry1_sb", "x", "y"}), {}, "", "") == Names{"x", "y"});
  CHECK(choose_interfaces(devices({"lo", "telemetry1_sb"}), {}, "", "").empty());
  CHECK(choose_interfaces({}, {}, "eth0", "eth0").empty());
  // A route of an unknown interface is ignored.
  CHECK(choose_interfaces(devices({"lo", "x"}), {}, "gone", "lo") == Names{"x"});
}

TEST_CASE("the setting decides alone") {
  const Names wished = {"lo", "eth9", "telemetry1_sb"};
  CHECK(choose_interfaces(devices({"lo", "eth0", "telemetry1_sb"}), wished, "eth0", "") ==
        Names{"lo", "telemetry1_sb"});
}

TEST_CASE("the counters of the chosen interface are read again each time") {
  Fixture fixture;
  fixture.proc.make_file("net/dev", dev({{"lo", 1, 1}, {"eth0", 10, 20}}));
  fixture.proc.make_file("net/route", route("eth0"));
  Network network{fixture.root.get(), {}};
  CHECK(fixture.read(network) == "eth0 10/20 ");
  fixture.proc.make_file("net/dev", dev({{"lo", 5, 5}, {"eth0", 11, 22}}));
  CHECK(fixture.read(network) == "eth0 11/22 ");
}

TEST_CASE("the choice is repeated when an interface comes") {
  Fixture fixture;
  fixture.proc.make_file("net/dev", dev({{"lo", 1, 1}, {"eth0", 10, 20}}));
  fixture.proc.make_file("net/route", route("eth0"));
  Network network{fixture.root.get(), {}};
  fixture.read(network);
  fixture.proc.make_file("net/dev", dev({{"lo", 1, 1}, {"eth0", 10, 20}, {"eth1", 30, 40}}));
  fixture.proc.make_file("net/route", route("eth1"));
  CHECK(fixture.read(network) == "eth1 30/40 ");
}

TEST_CASE("a file that is missing or not to be understood leaves the traffic absent") {
  Fixture fixture;
  Network network{fixture.root.get(), {}};
  CHECK(fixture.read(network).empty());
  fixture.proc.make_file("net/dev", GENERATE(as<std::string>{}, "", "eth0", "\n\n\n"));
  CHECK(fixture.read(network).empty());
}
