// Where the Lambda APIs listen: AWS_LAMBDA_RUNTIME_API. An address, never a name to look up: the platform and the
// emulators give addresses, and a resolver would drag getaddrinfo into a static binary.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string_view>

#include "base/result.h"

namespace vitals::lambda {

// "127.0.0.1:9001", "[::1]:9001" or "localhost:9001". Error malformed, quoting the text.
[[nodiscard]] Result<boost::asio::ip::tcp::endpoint> parse_endpoint(std::string_view host_and_port);

}  // namespace vitals::lambda
