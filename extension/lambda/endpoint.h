// Where the Lambda APIs listen: the value of AWS_LAMBDA_RUNTIME_API. Lambda gives an IPv4 address with a port.
// Emulators also give a host name (host.docker.internal:9001) or a path after the port (cargo-lambda).
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vitals::lambda {

// The parts of the value.
struct ApiUrl {
  std::string host;  // an address or a name, without brackets
  std::uint16_t port = 0;
  std::string authority;  // host and port as written
  std::string prefix;     // start of every request path: empty, or "/some/path"
};

// "127.0.0.1:9001", "[::1]:9001", "localhost:9001/some/path", each also after "http://". Error malformed, quoting the
// value.
[[nodiscard]] Result<ApiUrl> parse_api_url(std::string_view value);

// Address and headers for the requests.
struct Endpoint {
  boost::asio::ip::tcp::endpoint address;
  std::string authority;  // the Host header
  std::string prefix;     // as in ApiUrl
};

// The value with its address. A name is resolved (resolver/resolve.h), which may take 2 s. Error malformed as above, or
// missing if the name has no address; both quote the value.
[[nodiscard]] Result<Endpoint> find_endpoint(std::string_view value);

}  // namespace vitals::lambda
