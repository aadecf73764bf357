// A client of the Extensions API: registers, asks for the next event, reports that it cannot go on.
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

  // Reads the answer to POST register, which is sent now unless it is under way. Gives the id that every other call
  // carries. Where the API refuses INVOKE it registers again for SHUTDOWN only: see events(). Error connection, or
  // http_status or refused with the API's own words, or missing; after each of them the next call registers again.
  Task<Result<ExtensionId>> register_extension();

  // Sends GET event/next; receive_next waits for its answer, which may take hours: the sandbox is frozen meanwhile.
  // Two calls, so that the next request is under way while the last event is worked on. Errors as above.
  Task<Result<void>> request_next();
  // The first of the two without waiting, on the connection that is open: nothing else runs in between, so that what
  // follows in the caller follows at once. False when that cannot be done.
  [[nodiscard]] bool request_next_now();
  Task<Result<Event>> receive_next();

  // Whether the answer to event/next has arrived and is still to be received.
  [[nodiscard]] bool next_has_arrived() const { return connection_.has_arrived(); }

  // Gives up the request that is under way, if there is one.
  void drop_next() { connection_.close(); }

  // POST init/error or exit/error: why the extension cannot go on. Told as well as can be: an error is not reported.
  Task<void> report_init_error(std::string_view type, std::string_view message);
  Task<void> report_exit_error(std::string_view type, std::string_view message);

  [[nodiscard]] const ExtensionId& id() const { return id_; }
  [[nodiscard]] const std::string& name() const { return registration_.name; }
  // What was registered for.
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
