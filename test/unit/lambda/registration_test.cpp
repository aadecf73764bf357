#include "lambda/registration.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>

#include "support/catch.h"

namespace vitals::lambda {
namespace {

// A socket on loopback that nobody listens on until listen() is called.
class Server {
 public:
  Server() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const auto* bound = static_cast<const void*>(&address);
    REQUIRE(::bind(socket_.get(), static_cast<const sockaddr*>(bound), size) == 0);
    REQUIRE(::getsockname(socket_.get(), static_cast<sockaddr*>(static_cast<void*>(&address)), &size) == 0);
    port_ = ntohs(address.sin_port);
  }

  void listen() { REQUIRE(::listen(socket_.get(), 1) == 0); }

  [[nodiscard]] Registration registration(Subscribe events) const {
    return {{{boost::asio::ip::address_v4::loopback(), port_}, "api.test:9001", "/some/path"}, "lambda-vitals", events};
  }

  // What has arrived already: nothing is waited for.
  [[nodiscard]] std::string received() const {
    const FileDescriptor peer{::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    std::array<char, 1024> buffer;
    const ssize_t size = ::recv(peer.get(), buffer.data(), buffer.size(), 0);
    return size < 0 ? "nothing" : std::string(buffer.data(), static_cast<std::size_t>(size));
  }

 private:
  FileDescriptor socket_;
  std::uint16_t port_ = 0;
};

}  // namespace

TEST_CASE("register is sent at once where the API listens") {
  Server server;
  server.listen();
  auto registration = server.registration(Subscribe::invoke_and_shutdown);
  send_at_once(registration);
  CHECK(registration.connection);
  const std::string request = server.received();
  CHECK(request.starts_with("POST /some/path/2020-01-01/extension/register HTTP/1.1\r\nHost: api.test:9001\r\n"));
  CHECK(request.find("Lambda-Extension-Name: lambda-vitals\r\n") != std::string::npos);
  CHECK(request.find("Content-Length: 32\r\n") != std::string::npos);
  CHECK(request.ends_with("\r\n\r\n{\"events\":[\"INVOKE\",\"SHUTDOWN\"]}"));
}

TEST_CASE("an extension that is switched off registers only for SHUTDOWN") {
  Server server;
  server.listen();
  auto registration = server.registration(Subscribe::shutdown_only);
  send_at_once(registration);
  CHECK(server.received().ends_with("\r\n\r\n{\"events\":[\"SHUTDOWN\"]}"));
}

TEST_CASE("an answer that refuses an event type is known from other refusals") {
  const auto refused = [](unsigned status, const char* body) {
    HttpResponse answer;
    answer.result(status);
    answer.body() = body;
    return refuses_invoke(answer);
  };
  const char* const invalid = R"({"errorMessage":"INVOKE: invalid","errorType":"Extension.InvalidEventType"})";
  CHECK(refused(403, invalid));
  CHECK(refused(400, invalid));
  CHECK_FALSE(refused(200, invalid));
  CHECK_FALSE(refused(500, invalid));
  CHECK_FALSE(refused(403, R"({"errorMessage":"the init phase is over","errorType":"Extension.RegistrationClosed"})"));
  CHECK_FALSE(refused(403, ""));
}

TEST_CASE("register is sent later if nobody listens") {
  const Server server;
  auto registration = server.registration(Subscribe::invoke_and_shutdown);
  send_at_once(registration);
  CHECK(!registration.connection);
}

}  // namespace vitals::lambda
