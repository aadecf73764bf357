#include "lambda/extensions_api.h"

#include <chrono>
#include <utility>

#include "lambda/api_request.h"

namespace vitals::lambda {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr const char* id_header = "Lambda-Extension-Identifier";

// The init phase has 10 s for all extensions together. A late answer to register is still valid.
constexpr std::chrono::seconds register_limit{10};
// Nobody reads the answer: the process exits afterwards.
constexpr std::chrono::milliseconds error_report_limit{500};

}  // namespace

ExtensionsApi::ExtensionsApi(asio::io_context& io, Registration registration)
    : io_(io),
      registration_(std::move(registration)),
      register_sent_(registration_.connection),
      connection_(io, registration_.api, std::move(registration_.connection), registration_.may_be_restored) {
}

Task<Result<HttpResponse>> ExtensionsApi::register_answer() {
  if (std::exchange(register_sent_, false)) co_return co_await connection_.answer(register_limit);
  const std::string request = wire_text(register_request(registration_));
  co_return co_await connection_.exchange(request, register_limit);
}

Task<Result<ExtensionId>> ExtensionsApi::register_extension() {
  auto response = co_await register_answer();
  if (response && registration_.events == Subscribe::invoke_and_shutdown && refuses_invoke(*response)) {
    registration_.events = Subscribe::shutdown_only;
    response = co_await register_answer();
  }
  if (!response) co_return response.error();
  if (response->result() != http::status::ok) co_return status_error("register", *response);
  id_ = ExtensionId{(*response)[id_header]};
  if (id_.empty()) {
    co_return Error{ErrorCode::missing, std::string{"register was answered without "} + id_header};
  }
  HttpRequest next = api_request(http::verb::get, "/2020-01-01/extension/event/next", registration_.api);
  next.set(id_header, id_.text());
  next_request_ = wire_text(next);
  co_return id_;
}

Task<Result<void>> ExtensionsApi::request_next() {
  return connection_.send(next_request_);
}

bool ExtensionsApi::request_next_now() {
  return connection_.send_now(next_request_);
}

Task<Result<Event>> ExtensionsApi::receive_next() {
  auto response = co_await connection_.receive();
  if (!response) co_return response.error();
  if (response->result() != http::status::ok) co_return status_error("event/next", *response);
  auto event = parse_event(response->body());
  if (event) {
    if (auto* invoke = std::get_if<InvokeEvent>(&*event)) invoke->arrived = connection_.arrived();
  }
  co_return event;
}

Task<void> ExtensionsApi::report_init_error(std::string_view type, std::string_view message) {
  return report_error("/2020-01-01/extension/init/error", type, message);
}

Task<void> ExtensionsApi::report_exit_error(std::string_view type, std::string_view message) {
  return report_error("/2020-01-01/extension/exit/error", type, message);
}

Task<void> ExtensionsApi::report_error(const char* path, std::string_view type, std::string_view message) {
  HttpConnection connection{io_, registration_.api};  // connection_ may be waiting for an event
  HttpRequest request = api_request(http::verb::post, path, registration_.api);
  request.set("Lambda-Extension-Function-Error-Type", type);
  if (!id_.empty()) request.set(id_header, id_.text());
  request.body() =
      R"({"errorMessage":")" + json_text(message) + R"(","errorType":")" + json_text(type) + R"(","stackTrace":[]})";
  request.prepare_payload();
  const std::string text = wire_text(request);
  const auto answer = co_await connection.exchange(text, error_report_limit);
  static_cast<void>(answer);
}

}  // namespace vitals::lambda
