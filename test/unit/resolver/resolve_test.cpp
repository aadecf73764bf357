#include "resolver/resolve.h"

#include <chrono>
#include <string>

#include "support/catch.h"
#include "support/temporary_directory.h"

// Name servers that answer, do not, or lie are in test/e2e/test_runtime_api.py.
namespace vitals::resolver {

namespace {

using namespace std::chrono_literals;

SteadyTime in(std::chrono::nanoseconds time) {
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now()) + time;
}

}  // namespace

TEST_CASE("a name in the hosts file is not asked for, and its IPv4 addresses come first") {
  const TemporaryDirectory directory;
  directory.make_file("hosts", "::1 api.test\n127.0.0.2 api.test\n");
  const auto addresses = addresses_of("API.test", in(2s), {directory.path() + "/hosts", "/none", 1}).value();
  REQUIRE(addresses.size() == 2);
  CHECK(addresses.begin()[0].to_string() == "127.0.0.2");
  CHECK(addresses.begin()[1].to_string() == "::1");
}

TEST_CASE("localhost is this machine, unless the hosts file says otherwise") {
  const TemporaryDirectory directory;
  directory.make_file("hosts", "127.0.0.5 LOCALHOST\n");
  CHECK(addresses_of("localhost", in(2s), {directory.path() + "/hosts", "/none", 1}).value().begin()->to_string() ==
        "127.0.0.5");
  CHECK(addresses_of("localhost", in(2s), {"/none", "/none", 1}).value().begin()->to_string() == "127.0.0.1");
}

TEST_CASE("a name server that is not there is not waited for, and the error names what was looked at") {
  const TemporaryDirectory directory;
  directory.make_file("conf", "nameserver 127.0.0.1\nnameserver ::1\n");
  const auto begin = std::chrono::steady_clock::now();
  const auto addresses = addresses_of("api.test", in(20s), {"/none", directory.path() + "/conf", 1});
  REQUIRE(!addresses);
  CHECK(addresses.error().code == ErrorCode::missing);
  for (const auto* part : {"api.test", "/none", "/conf"}) CHECK(addresses.error().text.find(part) != std::string::npos);
  CHECK(std::chrono::steady_clock::now() - begin < 10s);
}

}  // namespace vitals::resolver
