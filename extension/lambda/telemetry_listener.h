// The telemetry listener: the HTTP server in the sandbox that the platform POSTs its events to. It believes nobody:
// anything in the sandbox can connect, so bodies, headers and connections are bounded, and no timer is needed to be rid
// of a slow or silent peer, as a new connection takes the place of the oldest.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <list>
#include <string_view>

#include "base/result.h"

namespace vitals::lambda {

// The platform keeps one connection. A few more are room for its successors after broken ones.
inline constexpr std::size_t max_telemetry_connections = 8;
// Twice the subscribed maxBytes (262,144) and as much again for what the API adds around the events.
inline constexpr std::size_t max_telemetry_body = 1'048'576;
inline constexpr std::size_t max_telemetry_header = 8192;

class TelemetryListener {
 public:
  // What is called with each body that arrived whole, on the event loop. The view is good during the call alone.
  using BodyHandler = std::function<void(std::string_view body)>;

  // `io` must outlive the listener.
  TelemetryListener(boost::asio::io_context& io, BodyHandler handler);

  // Listens on all addresses at `port`, or at any free one when it is taken or 0, and begins to accept. Gives the port.
  // Error io when there is none to be had.
  [[nodiscard]] Result<std::uint16_t> listen(std::uint16_t port);

  // Stops listening and drops every connection. Nothing is handed over any more.
  void close();

 private:
  using Socket = boost::asio::ip::tcp::socket;

  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> serve(std::list<Socket>::iterator socket);

  boost::asio::io_context& io_;
  BodyHandler handler_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::list<Socket> connections_;  // oldest first; each is served by one coroutine, which removes it
};

}  // namespace vitals::lambda
