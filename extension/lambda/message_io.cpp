#include "lambda/message_io.h"

#include <sys/socket.h>

#include <array>
#include <boost/asio/error.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace vitals::lambda {

namespace asio = boost::asio;

namespace {

boost::system::error_code last_error() {
  return {errno, boost::system::system_category()};
}

std::optional<WallTime> time_of_arrival(msghdr& message) {
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_TIMESTAMPNS)
    return std::nullopt;
  timespec at{};
  std::memcpy(&at, CMSG_DATA(header), sizeof at);
  return WallTime{std::chrono::seconds{at.tv_sec} + std::chrono::nanoseconds{at.tv_nsec}};
}

// How much of `text` the socket takes now; below 0: errno says why.
ssize_t send_some(TcpSocket& socket, std::string_view text) {
  return ::send(socket.native_handle(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool comes_later() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

}  // namespace

boost::system::error_code take_arrived(TcpSocket& socket, MessageBuffer& buffer, std::optional<WallTime>* arrived) {
  const auto room = buffer.prepare(buffer.max_size() - buffer.size());
  if (room.size() == 0) return boost::beast::http::error::buffer_overflow;
  iovec piece{room.data(), room.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(timespec))> control;
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  if (arrived != nullptr) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
  }
  const ssize_t size = ::recvmsg(socket.native_handle(), &message, MSG_DONTWAIT);
  if (size < 0) return comes_later() ? boost::system::error_code{} : last_error();
  if (size == 0) return asio::error::eof;
  buffer.commit(static_cast<std::size_t>(size));
  if (arrived != nullptr) *arrived = time_of_arrival(message);
  return {};
}

bool send_now(TcpSocket& socket, std::string_view text) {
  return send_some(socket, text) == static_cast<ssize_t>(text.size());
}

Task<boost::system::error_code> send_all(TcpSocket& socket, std::string_view text) {
  for (;;) {
    const ssize_t sent = send_some(socket, text);
    if (sent < 0 && !comes_later()) co_return last_error();
    if (sent > 0) text.remove_prefix(static_cast<std::size_t>(sent));
    if (text.empty()) co_return boost::system::error_code{};
    const auto [failed] = co_await socket.async_wait(TcpSocket::wait_write, completion);
    if (failed) co_return failed;
  }
}

}  // namespace vitals::lambda
