#include "lambda/telemetry_listener.h"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <exception>
#include <new>
#include <string_view>
#include <thread>
#include <utility>

#include "base/log.h"
#include "lambda/message_io.h"

namespace vitals::lambda {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

// Without descriptors or memory accept fails at once, every time: this keeps it from spinning.
constexpr std::chrono::milliseconds accept_pause{100};
constexpr std::chrono::milliseconds starvation_pause{10};

// How much of a body is read at a time: the platform's usual batch at once.
constexpr std::size_t piece_bytes = 4096;

// The answer to every batch. HTTP/1.1 keeps the connection by default.
constexpr std::string_view ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view ok_and_close = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

boost::system::error_code bind_to(TcpAcceptor& acceptor, std::uint16_t port) {
  const tcp::endpoint endpoint{tcp::v4(), port};
  boost::system::error_code failed, ignored;
  acceptor.open(endpoint.protocol(), failed);
  if (failed) return failed;
  // After a reset the port of the last run may still be in TIME_WAIT.
  acceptor.set_option(TcpAcceptor::reuse_address{true}, ignored);
  acceptor.bind(endpoint, failed);
  if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (failed) acceptor.close(ignored);
  return failed;
}

bool is_out_of_descriptors(const boost::system::error_code& failed) {
  return failed == boost::system::errc::too_many_files_open ||
         failed == boost::system::errc::too_many_files_open_in_system;
}

}  // namespace

TelemetryListener::TelemetryListener(asio::io_context& io, BatchHandler handler)
    : io_(io), handler_(std::move(handler)), acceptor_(io) {
}

Result<std::uint16_t> TelemetryListener::listen(std::uint16_t port) {
  auto failed = bind_to(acceptor_, port);
  if (failed && port != 0) failed = bind_to(acceptor_, 0);
  if (failed) return Error{ErrorCode::io, "cannot listen for telemetry: " + failed.message()};
  reserve();
  if (!reserved_) {
    close();
    return Error{ErrorCode::io, "cannot listen for telemetry: no file descriptor is free for its connection"};
  }
  const auto bound = acceptor_.local_endpoint(failed).port();
  asio::co_spawn(io_, accept(), asio::detached);
  return bound;
}

void TelemetryListener::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  reserved_.reset();
  for (auto& connection : connections_) connection.socket.close(ignored);
}

Task<void> TelemetryListener::accept() {
  while (acceptor_.is_open()) {
    bool starved = false;
    try {
      co_await accept_one();
    } catch (const std::bad_alloc&) {
      starved = true;
    }
    // Without memory there is no timer either.
    if (starved) std::this_thread::sleep_for(starvation_pause);
  }
}

Task<void> TelemetryListener::accept_one() {
  auto [failed, socket] = co_await acceptor_.async_accept(completion);
  if (is_out_of_descriptors(failed)) {
    // The kernel allocates the descriptor first, so wait until a connection is there.
    const auto [broken] = co_await acceptor_.async_wait(TcpAcceptor::wait_read, completion);
    if (!broken && free_a_descriptor()) co_return;
  }
  if (!acceptor_.is_open()) co_return;
  if (failed) {
    report_failed_accept(failed);
    SteadyTimer pause{io_, accept_pause};
    co_await pause.async_wait(completion);
    co_return;
  }
  accept_failed_ = false;
  make_room();
  boost::system::error_code ignored;
  socket.set_option(tcp::no_delay{true}, ignored);
  start_serving(std::move(socket));
  reserve();
}

void TelemetryListener::report_failed_accept(const boost::system::error_code& failed) {
  if (std::exchange(accept_failed_, true)) return;
  log::warn(
      "cannot accept telemetry: {}; until it can, what only the platform reports is absent; raise the limit of open "
      "files (ulimit -n) if it is low",
      failed.message());
}

void TelemetryListener::reserve() {
  if (!reserved_ && acceptor_.is_open()) reserved_ = reserve_descriptor();
}

// If memory runs out the connection is closed.
void TelemetryListener::start_serving(TcpSocket socket) {
  try {
    const auto connection = connections_.insert(connections_.end(), Connection{std::move(socket)});
    try {
      asio::co_spawn(io_, serve(connection), [this, connection](const std::exception_ptr&) {
        connections_.erase(connection);  // also if memory ran out
        reserve();
      });
    } catch (const std::bad_alloc&) {
      connections_.erase(connection);
    }
  } catch (const std::bad_alloc&) {
    return;
  }
}

void TelemetryListener::make_room() {
  if (std::count_if(connections_.begin(), connections_.end(), is_open) >= std::ptrdiff_t{max_telemetry_connections})
    close_one_connection();
}

// If no descriptor is free for a new connection, it gets the reserved place or that of an old one. False if neither is
// available.
bool TelemetryListener::free_a_descriptor() {
  reserve();
  if (!reserved_ && std::none_of(connections_.begin(), connections_.end(), is_open)) return false;
  if (!reserved_) close_one_connection();
  reserved_.reset();
  return true;
}

// The platform keeps its connection and uses it: connections without a batch are closed first. One must be open.
void TelemetryListener::close_one_connection() {
  const auto idle = [](const Connection& connection) { return is_open(connection) && !connection.served; };
  auto victim = std::find_if(connections_.begin(), connections_.end(), idle);
  if (victim == connections_.end()) victim = std::find_if(connections_.begin(), connections_.end(), is_open);
  boost::system::error_code ignored;
  victim->dropped = true;
  victim->socket.close(ignored);
}

// Reads one batch and hands over its events as they arrive. False when the connection can no longer be used.
Task<bool> TelemetryListener::read_batch(Connection& connection, Buffer& buffer, Request& request,
                                         TelemetryReader& reader) {
  std::array<char, piece_bytes> piece;
  std::uint64_t size = 0;
  bool rest_follows = false;
  while (!request.is_done()) {
    request.get().body().data = piece.data();
    request.get().body().size = piece.size();
    const auto failed = parse(buffer, request);
    if (failed && failed != http::error::need_buffer && failed != http::error::need_more) co_return false;
    const std::size_t got = piece.size() - request.get().body().size;
    size += got;
    if (size > max_read_body) co_return false;
    if (got > 0 && size <= max_telemetry_body && !connection.dropped) {
      const auto& batch = reader.feed({piece.data(), got}, !request.is_done());
      if (!batch.empty()) handler_(batch);
      if (!batch.empty()) rest_follows = batch.partial;
    }
    if (failed != http::error::need_more) continue;
    const auto [not_waited] = co_await connection.socket.async_wait(TcpSocket::wait_read, completion);
    if (not_waited || take_arrived(connection.socket, buffer)) co_return false;
  }
  const auto& batch = reader.end();
  if (!batch.empty() || rest_follows) handler_(batch);
  co_return true;
}

Task<void> TelemetryListener::serve(std::list<Connection>::iterator connection) {
  Buffer buffer;
  TelemetryReader reader;
  for (bool keep_alive = true; keep_alive;) {
    Request request;
    request.header_limit(max_telemetry_header);
    request.body_limit(boost::none);
    request.eager(true);
    const bool read = co_await read_batch(*connection, buffer, request, reader);
    if (!read) break;
    connection->served = true;
    keep_alive = request.keep_alive();
    const std::string_view answer = keep_alive ? ok : ok_and_close;
    const auto failed = co_await send_all(connection->socket, answer);
    if (failed) break;
  }
}

}  // namespace vitals::lambda
