#include "lambda/registration.h"

#include <sys/socket.h>

#include <utility>

#include "lambda/api_request.h"

namespace vitals::lambda {

namespace http = boost::beast::http;

HttpRequest register_request(const Registration& registration) {
  HttpRequest request = api_request(http::verb::post, "/2020-01-01/extension/register", registration.api);
  request.set("Lambda-Extension-Name", registration.name);
  request.body() = registration.events == Subscribe::shutdown_only ? R"({"events":["SHUTDOWN"]})"
                                                                   : R"({"events":["INVOKE","SHUTDOWN"]})";
  request.prepare_payload();
  return request;
}

bool refuses_invoke(const HttpResponse& answer) {
  const bool refused = answer.result() == http::status::forbidden || answer.result() == http::status::bad_request;
  return refused && answer.body().find("InvalidEventType") != std::string::npos;
}

void send_at_once(Registration& registration) {
  const auto& api = registration.api.address;
  FileDescriptor connection{::socket(api.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!connection) return;
  // The result is EINPROGRESS even if the other end is on this machine and the connection exists already.
  static_cast<void>(::connect(connection.get(), api.data(), static_cast<socklen_t>(api.size())));
  const std::string text = wire_text(register_request(registration));
  const ssize_t sent = ::send(connection.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(text.size())) registration.connection = std::move(connection);
}

}  // namespace vitals::lambda
