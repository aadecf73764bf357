// One keep-alive HTTP/1.1 connection to the Lambda APIs, over Boost.Beast. It is opened when a request needs it and
// closed on any error, so that the next request opens a new one.
#pragma once

#include <boost/beast/core/flat_static_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/event_loop.h"
#include "base/file_descriptor.h"
#include "base/result.h"
#include "lambda/endpoint.h"

namespace vitals::lambda {

using HttpRequest = boost::beast::http::request<boost::beast::http::string_body>;
using HttpResponse = boost::beast::http::response<boost::beast::http::string_body>;

// Answers of these APIs have a few kilobytes at most. A larger one than this is an error, before memory is allocated
// for it.
inline constexpr std::size_t max_response_body = 65'536;
inline constexpr std::size_t max_response_header = 16'384;

class HttpConnection {
 public:
  // Connects later. `io` must outlive the connection.
  HttpConnection(boost::asio::io_context& io, const Endpoint& api);
  // Takes over `connected`, on which a request is under way: answer() reads the answer. Without a descriptor: as above.
  // `probed`: the kernel asks every second whether the other side still exists, so that an answer is not awaited on a
  // connection that died without a word, as after a restore from a snapshot. No process wakes up for that.
  HttpConnection(boost::asio::io_context& io, const Endpoint& api, FileDescriptor connected, bool probed = false);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  // Writes a request (wire_text), and connects first if there is no connection. If the other side has closed an idle
  // connection, it is opened again, once. `request_text` must live until the end. Error connection; io if there is no
  // free descriptor.
  Task<Result<void>> send(std::string_view request_text);

  // The same on the open connection, without waiting. False if that is not possible; send() does it then.
  [[nodiscard]] bool send_now(std::string_view request_text);

  // Reads the answer to the last request, however long it takes. Error connection or malformed.
  Task<Result<HttpResponse>> receive();

  // send and receive, within `limit`: error connection when it has passed.
  Task<Result<HttpResponse>> exchange(std::string_view request_text, std::chrono::milliseconds limit);

  // receive, within `limit`.
  Task<Result<HttpResponse>> answer(std::chrono::milliseconds limit);

  // When the last answer arrived on this machine: the kernel's time of its last piece. Absent if the kernel does not
  // report it.
  [[nodiscard]] const std::optional<WallTime>& arrived() const { return arrived_; }

  // Whether bytes have arrived that receive() has not read yet.
  [[nodiscard]] bool has_arrived() const;

  void close();

  [[nodiscard]] const Endpoint& api() const { return api_; }

 private:
  Task<Result<HttpResponse>> within(std::chrono::milliseconds limit, Task<Result<HttpResponse>> answering);
  Task<Result<HttpResponse>> send_and_receive(std::string_view request_text);
  Task<Result<void>> connect();
  Task<Result<void>> write(std::string_view request_text);

  Endpoint api_;
  bool probed_ = false;
  TcpSocket socket_;
  FileDescriptor reserved_;  // the place of a closed socket, so that nothing else takes the last descriptor
  SteadyTimer limit_;
  std::uint64_t exchange_number_ = 0;
  // A timer's handler that is under way when this goes finds null here.
  std::shared_ptr<HttpConnection*> self_ = std::make_shared<HttpConnection*>(this);
  bool timed_out_ = false;
  boost::beast::flat_static_buffer<max_response_header> buffer_;
  std::optional<WallTime> arrived_;
};

// A request as the bytes of HTTP/1.1.
[[nodiscard]] std::string wire_text(const HttpRequest& request);

}  // namespace vitals::lambda
