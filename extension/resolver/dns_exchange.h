// Asks name servers for the addresses of a name, over UDP.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "resolver/dns_message.h"

namespace vitals::resolver {

// Asks the servers (3 at most) one after the other for A and AAAA, again every 400 ms, and uses the first answer,
// `until` at the latest. IPv4 addresses come first, and do not wait for a server that answers only A. Answer::failed:
// no server gave a usable answer. Never Answer::not_ours. Responses to other questions are ignored.
[[nodiscard]] Response ask(const Addresses& servers, std::uint16_t port, const HostName& name, SteadyTime until);

}  // namespace vitals::resolver
