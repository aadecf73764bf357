// The other side of the extension's connections, on loopback addresses: it says what the fuzzer made up and hangs up.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/file_descriptor.h"
#include "fuzz/fuzz.h"

namespace vitals::fuzz {

// Another one each time: closed connections block their ports for a minute, and there are 28,000 for each pair of
// addresses.
inline std::uint32_t next_address() {
  static std::uint32_t number = 0;
  number = (number + 1) % 65'536;
  return INADDR_LOOPBACK + 65'536 + number * 16;
}

inline sockaddr_in at(std::uint32_t host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(host);
  address.sin_port = htons(port);
  return address;
}

inline FileDescriptor tcp_socket(int flags = 0) {
  return FileDescriptor{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0)};
}

// A socket that listens at a loopback address and a free port of its own choice.
struct Listener {
  FileDescriptor socket = tcp_socket(SOCK_NONBLOCK);
  std::uint32_t host = next_address();
  std::uint16_t port = 0;

  Listener() {
    auto address = at(host, 0);
    socklen_t size = sizeof address;
    promise(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                ::listen(socket.get(), 16) == 0 &&
                ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0,
            "a socket can listen");
    port = ntohs(address.sin_port);
  }
  // None when nobody has connected.
  [[nodiscard]] FileDescriptor accept() const {
    return FileDescriptor{::accept4(socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
  }
};

// A client of `port`. libFuzzer's own timer interrupts a connect now and then; and with several targets at work there
// may be no port left for one of the addresses.
inline FileDescriptor connect_to(std::uint16_t port) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    auto client = tcp_socket();
    const auto address = at(next_address(), port);
    if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return client;
    promise(errno == EINTR || errno == EADDRNOTAVAIL, std::strerror(errno));
  }
  promise(false, "a client finds a port");
  return {};
}

// What does not fit into the socket's buffer is not sent: nobody waits here.
inline void say(const FileDescriptor& socket, std::string_view text) {
  static_cast<void>(::send(socket.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}
inline void hang_up(const FileDescriptor& socket) {
  ::shutdown(socket.get(), SHUT_WR);
}

}  // namespace vitals::fuzz
