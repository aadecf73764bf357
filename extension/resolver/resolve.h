// Finds the addresses of a host name without the C library's resolver, which a static binary cannot have: in
// /etc/hosts, then from the name servers of /etc/resolv.conf. Blocks, for a bounded time.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "resolver/addresses.h"

namespace vitals::resolver {

struct Sources {
  std::string hosts = "/etc/hosts";
  std::string resolv_conf = "/etc/resolv.conf";
  std::uint16_t name_server_port = 53;
};

// The addresses of `name`, IPv4 first; at least one. "localhost" is this machine, even if no file has it. Error missing
// with the places that were searched.
[[nodiscard]] Result<Addresses> addresses_of(std::string_view name, SteadyTime until, const Sources& sources = {});

// The first of `addresses` that accepts a TCP connection on `port`, or the first of all if none does before `until`. A
// single one is not tried.
[[nodiscard]] boost::asio::ip::tcp::endpoint reachable(const Addresses& addresses, std::uint16_t port,
                                                       SteadyTime until);

}  // namespace vitals::resolver
