#include "lambda/telemetry_listener.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_static_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <memory>

namespace vitals::lambda {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

constexpr auto completion = asio::as_tuple(asio::use_awaitable);

// Without descriptors or memory accept fails at once, again and again: this keeps it from spinning.
constexpr std::chrono::milliseconds accept_pause{100};

boost::system::error_code bind_to(tcp::acceptor& acceptor, std::uint16_t port) {
  const tcp::endpoint endpoint{tcp::v4(), port};
  boost::system::error_code failed, ignored;
  acceptor.open(endpoint.protocol(), failed);
  if (failed) return failed;
  // After a reset the port of the last run may still be in TIME_WAIT.
  acceptor.set_option(tcp::acceptor::reuse_address{true}, ignored);
  acceptor.bind(endpoint, failed);
  if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (failed) acceptor.close(ignored);
  return failed;
}

}  // namespace

TelemetryListener::TelemetryListener(asio::io_context& io, BodyHandler handler)
    : io_(io), handler_(std::move(handler)), acceptor_(io) {
}

Result<std::uint16_t> TelemetryListener::listen(std::uint16_t port) {
  auto failed = bind_to(acceptor_, port);
  if (failed && port != 0) failed = bind_to(acceptor_, 0);
  if (failed) return Error{ErrorCode::io, "cannot listen for telemetry: " + failed.message()};
  const auto bound = acceptor_.local_endpoint(failed).port();
  asio::co_spawn(io_, accept(), asio::detached);
  return bound;
}

void TelemetryListener::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  for (auto& socket : connections_) socket.close(ignored);
}

asio::awaitable<void> TelemetryListener::accept() {
  while (acceptor_.is_open()) {
    auto [failed, socket] = co_await acceptor_.async_accept(completion);
    if (!acceptor_.is_open()) co_return;
    if (failed) {
      asio::steady_timer pause{io_, accept_pause};
      co_await pause.async_wait(completion);
      continue;
    }
    boost::system::error_code ignored;
    if (connections_.size() >= max_telemetry_connections) connections_.front().close(ignored);
    socket.set_option(tcp::no_delay{true}, ignored);
    asio::co_spawn(io_, serve(connections_.insert(connections_.end(), std::move(socket))), asio::detached);
  }
}

asio::awaitable<void> TelemetryListener::serve(std::list<Socket>::iterator socket) {
  boost::beast::flat_static_buffer<max_telemetry_header> buffer;
  for (bool keep_alive = true; keep_alive;) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(max_telemetry_header);
    parser.body_limit(max_telemetry_body);
    const auto [failed, size] = co_await http::async_read(*socket, buffer, parser, completion);
    static_cast<void>(size);
    // A body that is too long is answered 200 all the same: anything else is delivered again for ever.
    const bool too_long = failed == http::error::body_limit;
    if (failed && !too_long) break;
    if (!too_long) handler_(parser.get().body());
    keep_alive = parser.keep_alive() && !too_long;

    http::response<http::empty_body> answer{http::status::ok, 11};
    answer.keep_alive(keep_alive);
    answer.prepare_payload();
    const auto [broken, written] = co_await http::async_write(*socket, answer, completion);
    static_cast<void>(written);
    if (broken) break;
  }
  connections_.erase(socket);
}

}  // namespace vitals::lambda
