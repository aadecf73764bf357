#include "lambda/endpoint.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "resolver/resolve.h"
#include "resolver/words.h"

namespace vitals::lambda {

namespace {

// Part of the init phase, which has 10 s.
constexpr std::chrono::seconds lookup_limit{2};
constexpr std::size_t max_prefix = 256;
constexpr std::size_t longest_quote = 64;

Error error(ErrorCode code, std::string_view value, std::string_view reason) {
  std::string text = "AWS_LAMBDA_RUNTIME_API is \"";
  for (const char c : value.substr(0, longest_quote)) text += c >= ' ' && c < 0x7f ? c : '?';
  text += "\": ";
  return {code, text += reason};
}

bool fits_in_a_path(char c) {
  return c > ' ' && c < 0x7f && c != '?' && c != '#';
}

bool fits_in_a_name(char c) {
  return (c >= '0' && c <= '9') || (resolver::lower(c) >= 'a' && resolver::lower(c) <= 'z') || c == '.' || c == '-' ||
         c == '_';
}

// A name that ends in a number would be an address (1.2.3, 256.1.1.1), so it is not a host name.
bool is_host(const std::string& host) {
  if (resolver::parse_address(host)) return true;
  if (host.empty() || host.size() > resolver::max_host_name) return false;
  const auto last = std::string_view{host}.substr(host.rfind('.') + 1);
  return std::all_of(host.begin(), host.end(), fits_in_a_name) &&
         last.find_first_not_of("0123456789") != std::string_view::npos;
}

}  // namespace

Result<ApiUrl> parse_api_url(std::string_view value) {
  const auto malformed = [value](std::string_view reason) { return error(ErrorCode::malformed, value, reason); };
  std::string_view rest = value;
  if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) {
    if (!resolver::same_name(rest.substr(0, scheme), "http")) return malformed("only http is supported");
    rest.remove_prefix(scheme + 3);
  }
  const auto slash = rest.find('/');
  std::string_view prefix = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (prefix.size() > max_prefix || !std::all_of(prefix.begin(), prefix.end(), fits_in_a_path))
    return malformed("its path is too long or has characters that a path cannot have");

  const std::string_view authority = rest.substr(0, slash);
  const auto colon = authority.rfind(':');
  if (colon == std::string_view::npos) return malformed("it has no port");
  const std::string_view port_text = authority.substr(colon + 1);
  std::uint16_t port = 0;
  const char* end = port_text.data() + port_text.size();
  if (const auto parsed = std::from_chars(port_text.data(), end, port);
      parsed.ec != std::errc{} || parsed.ptr != end || port == 0) {
    return malformed("its port is not a number from 1 to 65535");
  }
  std::string_view host = authority.substr(0, colon);
  const bool in_brackets = host.starts_with('[') && host.ends_with(']');
  if (in_brackets) host = host.substr(1, host.size() - 2);
  ApiUrl url{
      .host = std::string{host}, .port = port, .authority = std::string{authority}, .prefix = std::string{prefix}};
  if (!is_host(url.host) || in_brackets != (host.find(':') != std::string_view::npos))
    return malformed("its host is neither an address nor a host name");
  return url;
}

Result<Endpoint> find_endpoint(std::string_view value) {
  auto url = parse_api_url(value);
  if (!url) return url.error();
  const auto with = [&url](const boost::asio::ip::tcp::endpoint& address) {
    return Endpoint{.address = address, .authority = std::move(url->authority), .prefix = std::move(url->prefix)};
  };
  if (const auto address = resolver::parse_address(url->host)) return with({*address, url->port});
  const auto until =
      std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now()) + lookup_limit;
  const auto addresses = resolver::addresses_of(url->host, until);
  if (!addresses) return error(ErrorCode::missing, value, addresses.error().text);
  return with(resolver::reachable(*addresses, url->port, until));
}

}  // namespace vitals::lambda
