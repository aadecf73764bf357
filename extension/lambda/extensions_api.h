// A client of the Extensions API: registers, requests the next event, reports fatal errors.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
#pragma once

#include <string>
#include <string_view>

#include "base/event_loop.h"
#include "base/identifier.h"
#include "base/result.h"
#include "lambda/extension_events.h"
#include "lambda/http_connection.h"
#include "lambda/registration.h"

namespace vitals::lambda {

class ExtensionsApi {
 public:
  // `io` must outlive the client.
  ExtensionsApi(boost::asio::io_context& io, Registration registration);

  // Reads the answer to POST register, and sends it first unless it is under way. Returns the id that every other call
  // carries. If the API refuses INVOKE it registers again for SHUTDOWN only: see events(). Error connection,
  // http_status or refused with the API's message, or missing; after an error the next call registers again.
  Task<Result<ExtensionId>> register_extension();

  // Sends GET event/next; receive_next waits for its answer, which may take hours while the sandbox is frozen. They are
  // two calls, so that the next request is under way while the last event is handled. Errors as above.
  Task<Result<void>> request_next();
  // request_next() without waiting, on the open connection: no other coroutine runs before it returns. False if that is
  // not possible.
  [[nodiscard]] bool request_next_now();
  Task<Result<Event>> receive_next();

  // Whether the answer to event/next has arrived and is still to be received.
  [[nodiscard]] bool next_has_arrived() const { return connection_.has_arrived(); }

  // Abandons the request that is under way, if there is one.
  void drop_next() { connection_.close(); }

  // POST init/error or exit/error: the reason for the exit. A failure of these calls is ignored.
  Task<void> report_init_error(std::string_view type, std::string_view message);
  Task<void> report_exit_error(std::string_view type, std::string_view message);

  [[nodiscard]] const ExtensionId& id() const { return id_; }
  [[nodiscard]] const std::string& name() const { return registration_.name; }
  // The events that were registered for.
  [[nodiscard]] Subscribe events() const { return registration_.events; }
  [[nodiscard]] const boost::asio::ip::tcp::endpoint& endpoint() const { return registration_.api.address; }
  // For other requests to the same API, while none of these calls is under way.
  [[nodiscard]] HttpConnection& connection() { return connection_; }

 private:
  Task<Result<HttpResponse>> register_answer();
  Task<void> report_error(const char* path, std::string_view type, std::string_view message);

  boost::asio::io_context& io_;
  Registration registration_;
  bool register_sent_;
  HttpConnection connection_;
  std::string next_request_;
  ExtensionId id_;
};

}  // namespace vitals::lambda
