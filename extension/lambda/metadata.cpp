#include "lambda/metadata.h"

#include <algorithm>

#include "lambda/api_request.h"
#include "lambda/http_connection.h"
#include "lambda/json_scalars.h"
#include "resolver/addresses.h"

namespace vitals::lambda {

namespace http = boost::beast::http;

namespace {

// "use1-az1", "apne1-az4"; the longest are a few characters longer.
constexpr std::size_t longest_zone = 32;

bool is_zone(std::string_view text) {
  return text.find("-az") != std::string_view::npos && text.size() <= longest_zone &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

// The token is a header: a line break in it would be the end of the header.
bool is_header_value(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

class ZoneReader final : public ScalarVisitor {
 public:
  void scalar(std::string_view path, const Scalar& value) override {
    const auto* text = std::get_if<std::string_view>(&value);
    if (path == "AvailabilityZoneID" && text != nullptr) zone = *text;
  }
  std::string zone;
};

Error unusable() {
  return {ErrorCode::malformed, "the metadata endpoint's answer has no availability zone"};
}

}  // namespace

Result<std::string> parse_availability_zone(std::string_view body) {
  ZoneReader reader;
  if (!walk_json(body, reader) || !is_zone(reader.zone)) return unusable();
  return std::move(reader.zone);
}

Task<Result<std::string>> request_availability_zone(boost::asio::io_context& io, std::string_view address,
                                                    std::string_view token) {
  const auto url = parse_api_url(address);
  // A name would have to be looked up, which takes longer than there is.
  const auto host = url ? resolver::parse_address(url->host) : std::nullopt;
  if (!host || !is_header_value(token)) {
    co_return Error{ErrorCode::missing,
                    "there is no metadata endpoint: AWS_LAMBDA_METADATA_API must be an IP address "
                    "with a port, and AWS_LAMBDA_METADATA_TOKEN be set"};
  }
  HttpConnection connection{io, Endpoint{{*host, url->port}, url->authority, url->prefix}};
  HttpRequest request = api_request(http::verb::get, "/2026-01-15/metadata/execution-environment", connection.api());
  request.set(http::field::authorization, "Bearer " + std::string{token});
  const std::string text = wire_text(request);
  const auto response = co_await connection.exchange(text, metadata_limit);
  if (!response) co_return response.error();
  if (response->result() != http::status::ok) {
    co_return Error{ErrorCode::refused,
                    "the metadata endpoint answered with status " + std::to_string(response->result_int())};
  }
  co_return parse_availability_zone(response->body());
}

}  // namespace vitals::lambda
