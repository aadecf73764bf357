#include "lambda/api_request.h"

#include <boost/beast/http/field.hpp>

namespace vitals::lambda {

namespace http = boost::beast::http;

namespace {

bool plain(char c) {
  return c >= 0x20 && c < 0x7f;
}

}  // namespace

HttpRequest api_request(http::verb verb, std::string_view path, const Endpoint& api) {
  HttpRequest request{verb, api.prefix + std::string{path}, 11};
  request.set(http::field::host, api.authority);
  request.set(http::field::user_agent, "lambda-vitals/" VITALS_VERSION);
  if (verb != http::verb::get) request.set(http::field::content_type, "application/json");
  return request;
}

Error status_error(std::string_view call, const HttpResponse& response) {
  std::string text{call};
  text += " was answered with status " + std::to_string(response.result_int());
  if (!response.body().empty()) {
    text += ": ";
    for (const char c : std::string_view{response.body()}.substr(0, 200)) text += plain(c) ? c : '?';
  }
  return {response.result_int() >= 500 ? ErrorCode::http_status : ErrorCode::refused, std::move(text)};
}

std::string json_text(std::string_view text) {
  std::string plain_text;
  for (const char c : text) {
    if (plain(c) && c != '"' && c != '\\') plain_text += c;
  }
  return plain_text;
}

}  // namespace vitals::lambda
