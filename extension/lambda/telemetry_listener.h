// The telemetry listener: the HTTP server in the sandbox that the platform POSTs its events to. It believes nobody:
// anything in the sandbox can connect, so headers, bodies and connections are bounded, and no timer is needed to be rid
// of a slow or silent peer, as a new connection takes the place of an old one. A body is worked on as it arrives: of
// one of any length, no more than an event is in memory.
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

// The platform keeps one connection. A few more are room for its successors after broken ones.
inline constexpr std::size_t max_telemetry_connections = 8;
// Four times the subscribed maxBytes (262,144): what comes behind that is read, and answered 200 lest it is delivered
// again for ever, but not looked at.
inline constexpr std::uint64_t max_telemetry_body = 1'048'576;
// And what goes on behind that is no batch of the platform's: its connection is closed.
inline constexpr std::uint64_t max_read_body = 134'217'728;
inline constexpr std::size_t max_telemetry_header = 8192;

class TelemetryListener {
 public:
  // What is called with the events of a batch, as they arrive, on the event loop.
  using BatchHandler = std::function<void(const TelemetryBatch& batch)>;

  // `io` must outlive the listener.
  TelemetryListener(boost::asio::io_context& io, BatchHandler handler);

  // Listens on all addresses at `port`, or at any free one when it is taken or 0, and begins to accept. Gives the port.
  // Error io when there is none to be had, or no descriptor for a connection.
  [[nodiscard]] Result<std::uint16_t> listen(std::uint16_t port);

  // Stops listening and drops every connection. Nothing is handed over any more.
  void close();

 private:
  struct Connection {
    TcpSocket socket;
    bool served = false;   // a batch has come over it
    bool dropped = false;  // closed to make room
  };
  using Request = boost::beast::http::request_parser<boost::beast::http::buffer_body>;
  using Buffer = boost::beast::flat_static_buffer<max_telemetry_header>;

  static bool is_open(const Connection& connection) { return !connection.dropped; }

  Task<void> accept();
  Task<void> accept_one();
  Task<void> serve(std::list<Connection>::iterator connection);
  Task<bool> read_body(Connection& connection, Buffer& buffer, Request& request, TelemetryReader& reader);
  void make_room();
  void close_one_connection();
  bool free_a_descriptor();
  void reserve();
  void report_failed_accept(const boost::system::error_code& failed);
  void start_serving(TcpSocket socket);

  boost::asio::io_context& io_;
  BatchHandler handler_;
  TcpAcceptor acceptor_;
  FileDescriptor reserved_;            // the place of a connection, for when no other descriptor is left
  bool accept_failed_ = false;         // which has been logged
  std::list<Connection> connections_;  // oldest first; each is served by one coroutine, at whose end it goes
};

}  // namespace vitals::lambda
