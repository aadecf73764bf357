// Where the Lambda APIs listen: the value of AWS_LAMBDA_RUNTIME_API. Lambda gives an IPv4 address with a port.
// Emulators also give a host name (host.docker.internal:9001) or a path behind it (cargo-lambda).
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vitals::lambda {

// The value, taken apart.
struct ApiUrl {
  std::string host;  // an address or a name, without brackets
  std::uint16_t port = 0;
  std::string authority;  // host and port as they were written
  std::string prefix;     // what every request path begins with: empty, or "/some/path"
};

// "127.0.0.1:9001", "[::1]:9001", "localhost:9001/some/path", each also after "http://". Error malformed, quoting the
// value.
[[nodiscard]] Result<ApiUrl> parse_api_url(std::string_view value);

// Whom to connect to and what to say there.
struct Endpoint {
  boost::asio::ip::tcp::endpoint address;
  std::string authority;  // the Host header
  std::string prefix;     // as in ApiUrl
};

// The same with its address: a name is looked up (resolver/resolve.h), which may take 2 s. Error malformed as above, or
// missing when the name has no address; both quote the value.
[[nodiscard]] Result<Endpoint> find_endpoint(std::string_view value);

}  // namespace vitals::lambda
