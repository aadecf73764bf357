#include "lambda/http_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/beast/http/parser.hpp>
#include <chrono>
#include <utility>

#include "lambda/message_io.h"

namespace vitals::lambda {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

Error connection_error(std::string_view what, const boost::system::error_code& code) {
  return {ErrorCode::connection, std::string{what} + ": " + code.message()};
}

// A connection that is probed is dead when a probe, or data, has had no answer for this long.
constexpr std::chrono::seconds probe_interval{1};
constexpr std::chrono::milliseconds dead_after{2500};

// Disables Nagle's algorithm; makes the kernel report when data arrived (socket(7), SO_TIMESTAMPNS).
void set_options(TcpSocket& socket, bool probed) {
  boost::system::error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay{true}, ignored);
  const int on = 1;
  static_cast<void>(::setsockopt(socket.native_handle(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on));
  if (!probed) return;
  const auto set = [&socket](int level, int option, int value) {
    static_cast<void>(::setsockopt(socket.native_handle(), level, option, &value, sizeof value));
  };
  set(IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(probe_interval.count()));
  set(IPPROTO_TCP, TCP_KEEPINTVL, static_cast<int>(probe_interval.count()));
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(dead_after.count()));
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
}

}  // namespace

HttpConnection::HttpConnection(asio::io_context& io, const Endpoint& api) : api_(api), socket_(io), limit_(io) {
}

HttpConnection::HttpConnection(asio::io_context& io, const Endpoint& api, FileDescriptor connected, bool probed)
    : HttpConnection(io, api) {
  probed_ = probed;
  if (!connected) return;
  boost::system::error_code failed;
  socket_.assign(api_.address.protocol(), connected.get(), failed);
  if (failed) return;
  static_cast<void>(connected.release());
  set_options(socket_, probed_);
}

HttpConnection::~HttpConnection() {
  *self_ = nullptr;
}

void HttpConnection::close() {
  if (socket_.is_open()) {
    boost::system::error_code ignored;
    socket_.close(ignored);
    reserved_ = reserve_descriptor();
  }
  buffer_.clear();
}

bool HttpConnection::has_arrived() const {
  boost::system::error_code failed;
  return socket_.is_open() && socket_.available(failed) > 0 && !failed;
}

Task<Result<void>> HttpConnection::connect() {
  close();
  if (timed_out_) co_return Error{ErrorCode::connection, "timeout before connecting to " + api_.authority};
  reserved_.reset();
  boost::system::error_code not_opened;
  socket_.open(api_.address.protocol(), not_opened);
  if (not_opened) co_return Error{ErrorCode::io, "no socket for " + api_.authority + ": " + not_opened.message()};
  const auto [failed] = co_await socket_.async_connect(api_.address, completion);
  if (failed) {
    close();
    co_return connection_error("cannot connect to " + api_.authority, failed);
  }
  set_options(socket_, probed_);
  co_return Result<void>{};
}

Task<Result<void>> HttpConnection::write(std::string_view request_text) {
  const auto failed = co_await send_all(socket_, request_text);
  if (failed) co_return connection_error("cannot send to " + api_.authority, failed);
  co_return Result<void>{};
}

Task<Result<void>> HttpConnection::send(std::string_view request_text) {
  if (socket_.is_open()) {
    auto written = co_await write(request_text);
    if (written) co_return written;
  }
  auto connected = co_await connect();
  if (!connected) co_return connected;
  auto written = co_await write(request_text);
  if (!written) close();
  co_return written;
}

bool HttpConnection::send_now(std::string_view request_text) {
  if (!socket_.is_open()) return false;
  if (lambda::send_now(socket_, request_text)) return true;
  close();  // also after a partial write: the rest would have to follow
  return false;
}

Task<Result<HttpResponse>> HttpConnection::receive() {
  http::response_parser<http::string_body> parser;
  parser.body_limit(max_response_body);
  parser.header_limit(max_response_header);
  parser.eager(true);
  arrived_.reset();
  auto failed = parse(buffer_, parser);
  while (failed == http::error::need_more) {
    const auto [not_waited] = co_await socket_.async_wait(TcpSocket::wait_read, completion);
    failed = not_waited ? not_waited : take_arrived(socket_, buffer_, &arrived_);
    if (!failed) failed = parse(buffer_, parser);
    if (failed == asio::error::eof) failed = parse_end(parser);
  }
  if (failed) {
    close();
    co_return connection_error("no answer from " + api_.authority, failed);
  }
  if (!parser.keep_alive()) close();
  co_return parser.release();
}

Task<Result<HttpResponse>> HttpConnection::send_and_receive(std::string_view request_text) {
  const auto sent = co_await send(request_text);
  if (!sent) co_return sent.error();
  co_return co_await receive();
}

Task<Result<HttpResponse>> HttpConnection::exchange(std::string_view request_text, std::chrono::milliseconds limit) {
  return within(limit, send_and_receive(request_text));
}

Task<Result<HttpResponse>> HttpConnection::answer(std::chrono::milliseconds limit) {
  return within(limit, receive());
}

Task<Result<HttpResponse>> HttpConnection::within(std::chrono::milliseconds limit,
                                                  Task<Result<HttpResponse>> answering) {
  // The number lets a timer's handler see whether the exchange that armed it is still under way.
  const auto number = ++exchange_number_;
  limit_.expires_after(limit);
  limit_.async_wait([self = self_, number](const boost::system::error_code& cancelled) {
    HttpConnection* const connection = *self;
    if (cancelled || connection == nullptr || number != connection->exchange_number_) return;
    connection->timed_out_ = true;
    connection->close();
  });
  auto response = co_await std::move(answering);
  ++exchange_number_;
  limit_.cancel();
  if (std::exchange(timed_out_, false)) {
    co_return Error{ErrorCode::connection,
                    "no answer from " + api_.authority + " in " + std::to_string(limit.count()) + " ms"};
  }
  co_return response;
}

std::string wire_text(const HttpRequest& request) {
  std::string text{request.method_string()};
  text += ' ';
  text += request.target();
  text += " HTTP/1.1\r\n";
  for (const auto& field : request) {
    text += field.name_string();
    text += ": ";
    text += field.value();
    text += "\r\n";
  }
  return text + "\r\n" + request.body();
}

}  // namespace vitals::lambda
