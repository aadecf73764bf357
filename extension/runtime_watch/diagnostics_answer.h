// The kernel's answer to a request of socket diagnostics (sock_diag(7)): TCP connections, as netlink messages
// (netlink(7)) in one datagram or several. An answer that breaks off is not used: the connection that matters may be
// missing in it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime_watch/runtime_watch.h"

namespace vitals::runtime {

// A sandbox does not have more connections than this: the rest is left out.
inline constexpr std::size_t max_connections = 64;

// The kernel's identity of a socket: struct inet_diag_sockid, kept as bytes so that its header stays in the source
// file.
using SocketId = std::array<unsigned char, 48>;

struct DiagnosedConnection {
  SocketId id{};
  std::uint8_t family = 0;  // AF_INET or AF_INET6
  RuntimeConnection connection;
};

// The request: its number, which the answer repeats; whether it is for one connection, which is answered with one
// message, or for a list, which ends with NLMSG_DONE; and the middle of the kernel's tick at that time, from which the
// kernel counts back.
struct DiagnosticsRequest {
  std::uint32_t number = 0;
  bool list = false;
  SteadyTime tick{};
};

enum class Answer {
  whole,      // the answer is complete
  continued,  // in the next datagram
  broken      // an error, or invalid data
};

// Adds the established connections of one datagram to `found`. Pure.
[[nodiscard]] Answer parse_answer(std::span<const char> datagram, DiagnosticsRequest request,
                                  std::vector<DiagnosedConnection>& found);

// Reads datagrams from a non-blocking socket until the answer is complete. The kernel answers a request while it is
// sent, so everything can be read at once. False if the answer breaks off.
[[nodiscard]] bool receive_answer(int socket, DiagnosticsRequest request, std::vector<DiagnosedConnection>& found);

}  // namespace vitals::runtime
