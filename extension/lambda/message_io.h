// Message I/O: reads HTTP messages with Beast's parsers, and writes them, by plain system calls on a socket of the
// event loop. A message that has arrived whole costs one recvmsg(2). Beast's own asynchronous operations do the same in
// three steps of the event loop and touch 11 KB more of code, which is slow where no cache holds it: after a freeze, or
// on a fraction of a CPU.
#pragma once

#include <boost/beast/core/flat_static_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/event_loop.h"

namespace vitals::lambda {

using MessageBuffer = boost::beast::flat_static_buffer_base;

// Moves what has arrived on `socket` to the end of `buffer`, without waiting. Succeeds also when nothing has arrived.
// Errors: asio::error::eof when the other side has closed, http::error::buffer_overflow when the buffer is full, or
// recvmsg's. `arrived`, if given, is set to the kernel's time of arrival (socket(7), SO_TIMESTAMPNS), absent where the
// socket has none.
boost::system::error_code take_arrived(TcpSocket& socket, MessageBuffer& buffer,
                                       std::optional<WallTime>* arrived = nullptr);

// Sends all of `text` without waiting. False when the socket does not take it all at once; then a part may be sent.
[[nodiscard]] bool send_now(TcpSocket& socket, std::string_view text);

// Sends all of `text`, which must live until the end.
Task<boost::system::error_code> send_all(TcpSocket& socket, std::string_view text);

// Parses what is in `buffer`, and removes it. Success: the message is complete. need_more: wait for readiness, call
// take_arrived, and parse again. Any other error is the parser's; need_buffer among them, for a body in pieces. The
// parser must be eager, or it stops behind the header with need_more.
template <class Parser>
boost::system::error_code parse(MessageBuffer& buffer, Parser& parser) {
  boost::system::error_code failed;
  while (buffer.size() > 0 && !failed && !parser.is_done()) buffer.consume(parser.put(buffer.data(), failed));
  if (!failed && !parser.is_done()) failed = boost::beast::http::error::need_more;
  return failed;
}

// The other side has closed. Success: the message is complete, because its end is that of the connection.
template <class Parser>
boost::system::error_code parse_end(Parser& parser) {
  boost::system::error_code failed = boost::beast::http::error::end_of_stream;
  if (parser.got_some()) parser.put_eof(failed);
  return failed;
}

}  // namespace vitals::lambda
