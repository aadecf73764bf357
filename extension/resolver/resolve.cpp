#include "resolver/resolve.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <initializer_list>

#include "base/file_descriptor.h"
#include "resolver/dns_exchange.h"
#include "resolver/hosts_file.h"
#include "resolver/resolv_conf.h"
#include "resolver/words.h"

namespace vitals::resolver {

namespace {

// A hosts file that blocks advertisements has this size. The rest of a longer one is not read.
constexpr std::size_t max_file_bytes = 4'194'304;

// Limit of the attempt to connect to one address.
constexpr std::chrono::milliseconds longest_try{300};

std::chrono::milliseconds time_left(SteadyTime until) {
  return std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
}

// Empty if it cannot be read.
std::string content_of(const std::string& path) {
  std::string content;
  const auto file = open_for_reading(AT_FDCWD, path.c_str());
  std::array<char, 4096> piece;
  while (file && content.size() < max_file_bytes) {
    const ssize_t size = ::read(file->get(), piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    content.append(piece.data(), static_cast<std::size_t>(size));
  }
  return content;
}

Addresses ipv4_first(const Addresses& addresses) {
  Addresses sorted;
  for (const bool v4 : {true, false}) {
    for (const auto& each : addresses) {
      if (each.is_v4() == v4) sorted.add(each);
    }
  }
  return sorted;
}

bool accepts(const boost::asio::ip::tcp::endpoint& endpoint, std::chrono::milliseconds limit) {
  const FileDescriptor socket{::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!socket) return false;
  if (::connect(socket.get(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0) return true;
  pollfd connected{.fd = socket.get(), .events = POLLOUT, .revents = 0};
  if (errno != EINPROGRESS || ::poll(&connected, 1, static_cast<int>(limit.count())) != 1) return false;
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

Error not_found(std::string_view name, const Sources& sources, Answer answer) {
  std::string text{"found no address of \""};
  text += name;
  text += "\" in ";
  text += sources.hosts;
  text += answer == Answer::none ? ", and it is unknown to" : ", and there was no usable answer in time from";
  text += " the name servers of ";
  text += sources.resolv_conf;
  return {ErrorCode::missing, std::move(text)};
}

}  // namespace

Result<Addresses> addresses_of(std::string_view name, SteadyTime until, const Sources& sources) {
  auto addresses = ipv4_first(addresses_in_hosts(content_of(sources.hosts), name));
  if (addresses.empty() && same_name(name, "localhost")) {
    addresses.add(boost::asio::ip::address_v4::loopback());
    addresses.add(boost::asio::ip::address_v6::loopback());
  }
  if (!addresses.empty()) return addresses;
  const ResolvConf conf = parse_resolv_conf(content_of(sources.resolv_conf));
  Answer last = Answer::failed;
  for (std::size_t number = 0; number < candidate_count(conf, name); ++number) {
    const auto response = ask(conf.servers, sources.name_server_port, candidate(conf, name, number), until);
    if (response.answer == Answer::addresses) return response.addresses;
    last = response.answer;
  }
  return not_found(name, sources, last);
}

boost::asio::ip::tcp::endpoint reachable(const Addresses& addresses, std::uint16_t port, SteadyTime until) {
  for (const auto& each : addresses) {
    boost::asio::ip::tcp::endpoint endpoint{each, port};
    const auto left = time_left(until);
    if (addresses.size() == 1 || left.count() <= 0) break;
    if (accepts(endpoint, std::min(left, longest_try))) return endpoint;
  }
  return {*addresses.begin(), port};
}

}  // namespace vitals::resolver
