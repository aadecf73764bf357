#include "lambda/endpoint.h"

#include <charconv>
#include <string>

namespace vitals::lambda {

Result<boost::asio::ip::tcp::endpoint> parse_endpoint(std::string_view host_and_port) {
  const Error malformed{ErrorCode::malformed,
                        '"' + std::string{host_and_port.substr(0, 64)} + "\" is not an address with a port"};
  const auto colon = host_and_port.rfind(':');
  if (colon == std::string_view::npos) return malformed;
  std::string_view host = host_and_port.substr(0, colon);
  const std::string_view port_text = host_and_port.substr(colon + 1);

  std::uint16_t port = 0;
  const char* end = port_text.data() + port_text.size();
  if (const auto parsed = std::from_chars(port_text.data(), end, port);
      parsed.ec != std::errc{} || parsed.ptr != end || port == 0) {
    return malformed;
  }
  if (host == "localhost") host = "127.0.0.1";
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code failed;
  const auto address = boost::asio::ip::make_address(std::string{host}, failed);
  if (failed) return malformed;
  return boost::asio::ip::tcp::endpoint{address, port};
}

}  // namespace vitals::lambda
