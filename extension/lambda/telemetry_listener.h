// The telemetry listener: the HTTP server in the sandbox to which the platform POSTs its events. It trusts no sender,
// because any process in the sandbox can connect: headers, bodies and connections are bounded. A new connection
// replaces an old one, so a slow or silent sender needs no timer. A body is decoded as it arrives: whatever its length,
// at most one event is in memory.
#pragma once

#include <boost/beast/core/flat_static_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstdint>
#include <functional>
#include <list>

#include "base/event_loop.h"
#include "base/file_descriptor.h"
#include "base/result.h"
#include "lambda/telemetry_events.h"

namespace vitals::lambda {

// The platform keeps one connection. The others allow for its successors after broken ones.
inline constexpr std::size_t max_telemetry_connections = 8;
// Four times the subscribed maxBytes (262,144). The rest of a longer body is read and ignored, and answered 200,
// because the platform would deliver it again forever otherwise.
inline constexpr std::uint64_t max_telemetry_body = 1'048'576;
// A body longer than this is not from the platform: its connection is closed.
inline constexpr std::uint64_t max_read_body = 134'217'728;
inline constexpr std::size_t max_telemetry_header = 8192;

class TelemetryListener {
 public:
  // Called with the events of a batch, as they arrive, on the event loop.
  using BatchHandler = std::function<void(const TelemetryBatch& batch)>;

  // `io` must outlive the listener.
  TelemetryListener(boost::asio::io_context& io, BatchHandler handler);

  // Listens on all addresses at `port`, or at any free one if it is in use or 0, and begins to accept. Returns the
  // port. Error io if there is no port, or no descriptor for a connection.
  [[nodiscard]] Result<std::uint16_t> listen(std::uint16_t port);

  // Stops listening and closes every connection. The handler is not called again.
  void close();

 private:
  struct Connection {
    TcpSocket socket;
    bool served = false;   // a batch has arrived on it
    bool dropped = false;  // closed to make room
  };
  using Request = boost::beast::http::request_parser<boost::beast::http::buffer_body>;
  using Buffer = boost::beast::flat_static_buffer<max_telemetry_header>;

  static bool is_open(const Connection& connection) { return !connection.dropped; }

  Task<void> accept();
  Task<void> accept_one();
  Task<void> serve(std::list<Connection>::iterator connection);
  Task<bool> read_batch(Connection& connection, Buffer& buffer, Request& request, TelemetryReader& reader);
  void make_room();
  void close_one_connection();
  bool free_a_descriptor();
  void reserve();
  void report_failed_accept(const boost::system::error_code& failed);
  void start_serving(TcpSocket socket);

  boost::asio::io_context& io_;
  BatchHandler handler_;
  TcpAcceptor acceptor_;
  FileDescriptor reserved_;            // reserves the place of a connection, for when no other descriptor is free
  bool accept_failed_ = false;         // and has been logged
  std::list<Connection> connections_;  // oldest first; each is served by one coroutine, which removes it at its end
};

}  // namespace vitals::lambda
