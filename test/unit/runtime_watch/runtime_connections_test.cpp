// What is read of connections to an API of this test's, of a client that is another process, when the kernel refuses
// for a while.
#include "runtime_watch/runtime_connections.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <thread>

#include "support/catch.h"
#include "support/child_process.h"
#include "support/few_descriptors.h"

namespace vitals::runtime {

using namespace std::chrono_literals;

namespace {

class Api {
 public:
  Api() {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    REQUIRE(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address_), size) == 0);
    REQUIRE(::listen(listener_.get(), 8) == 0);
    REQUIRE(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address_), &size) == 0);
  }
  [[nodiscard]] double connect() const {
    const int client = ::socket(AF_INET, SOCK_STREAM, 0);
    return ::connect(client, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) == 0 ? client : -1;
  }
  [[nodiscard]] ApiAddress address() const {
    ApiAddress api{.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1},
                   .port = ntohs(address_.sin_port)};
    return api;
  }

 private:
  FileDescriptor listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address_{};
};

// From now on a system call fails on this thread.
void refuse(long call, int error) {
  const std::array<sock_filter, 4> filter{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  sock_fprog program{.len = filter.size(), .filter = const_cast<sock_filter*>(filter.data())};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

struct Seen {
  RuntimeConnections connections;
  SteadyTime now = SteadyTime{} + 1h;

  // How many connections were read; -1: there was nothing to read.
  int read(std::chrono::nanoseconds later) {
    const auto* const found = connections.read(now += later, {}, true);
    return found == nullptr ? -1 : static_cast<int>(found->size());
  }
};

}  // namespace

TEST_CASE("connections are read, and again soon after the kernel refused for a while") {
  const Api api;
  const ChildProcess runtime{[&] { return api.connect(); }};
  runtime.start();
  REQUIRE(runtime.finish() >= 0);
  Seen seen{.connections = RuntimeConnections{api.address()}};
  SECTION("never refused") {
    CHECK(seen.read(0s) == 1);
    CHECK(seen.read(20ms) == 1);
  }
  SECTION("no descriptor is left for the socket, or for whose connection it is") {
    const test::FewDescriptors none_left{GENERATE(0U, 1U)};
    for (int i = 0; i < 10; ++i) CHECK(seen.read(100ms) == -1);
  }
  SECTION("questions fail") {
    const auto call = GENERATE(long{SYS_socket}, long{SYS_sendto}, long{SYS_recvfrom});
    std::thread{[&] {
      refuse(call, ENOBUFS);
      for (int i = 0; i < 10; ++i) seen.read(100ms);
    }}.join();
  }
  CHECK(seen.read(2s) == 1);
}

TEST_CASE("after a long refusal the kernel is asked again within ten seconds") {
  const Api api;
  const ChildProcess runtime{[&] { return api.connect(); }};
  runtime.start();
  REQUIRE(runtime.finish() >= 0);
  Seen seen{.connections = RuntimeConnections{api.address()}};
  SteadyTime recovered{};
  {
    const test::FewDescriptors none_left{0};
    for (int i = 0; i < 10'000; ++i) CHECK(seen.read(10ms) == -1);
    recovered = seen.now;
  }
  while (seen.read(10ms) < 0) {
  }
  CHECK(seen.now - recovered <= 10s);
}

}  // namespace vitals::runtime
