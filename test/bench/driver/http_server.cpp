#include "http_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <stdexcept>

namespace bench {

namespace {

using vitals::FileDescriptor;

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(std::string(what) + ": " + ::strerrordesc_np(errno));
}

volatile std::sig_atomic_t interrupted = 0;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void send_without_delay(int socket) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// False at the end of the stream.
bool receive_into(int socket, std::string& text) {
  std::array<char, 65536> buffer;
  const ssize_t got = ::recv(socket, buffer.data(), buffer.size(), 0);
  if (got <= 0) return false;
  text.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

std::size_t content_length(std::string_view head) {
  constexpr std::string_view name = "\r\ncontent-length:";
  const auto same = [](char left, char right) {
    return left == right || (left >= 'A' && left <= 'Z' && left + 32 == right);
  };
  const auto found = std::search(head.begin(), head.end(), name.begin(), name.end(), same);
  if (found == head.end()) return 0;
  std::string_view digits{found + name.size(), head.end()};
  digits.remove_prefix(std::min(digits.find_first_not_of(' '), digits.size()));
  std::size_t length = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), length);
  return length;
}

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

FileDescriptor connect_to(std::uint16_t port) {
  FileDescriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const sockaddr_in address = loopback(port);
  if (!socket || ::connect(socket.get(), std::bit_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail("connect");
  send_without_delay(socket.get());
  return socket;
}

void send_all(int socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0) fail("send");
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::size_t message_size(std::string_view text) {
  const auto end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  const std::size_t size = end + 4 + content_length(text.substr(0, end + 2));
  return text.size() >= size ? size : 0;
}

HttpServer::HttpServer(std::function<void(const Request&)> handler)
    : handler_(std::move(handler)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* const plain = std::bit_cast<sockaddr*>(&address);
  if (!listener_ || ::bind(listener_.get(), plain, size) != 0 || ::listen(listener_.get(), 16) != 0) fail("listen");
  if (::getsockname(listener_.get(), plain, &size) != 0) fail("getsockname");
  port_ = ntohs(address.sin_port);
}

void HttpServer::answer(Connection& to, std::string_view status, std::string_view body, std::string_view headers) {
  std::string text = "HTTP/1.1 ";
  text.append(status).append("\r\nContent-Type: application/json\r\nContent-Length: ");
  text.append(std::to_string(body.size())).append("\r\n").append(headers).append("\r\n").append(body);
  send_all(to.socket.get(), text);
}

void HttpServer::post(std::uint16_t port, std::string_view body) {
  if (!client_.socket || client_port_ != port) {
    client_ = Connection{connect_to(port), {}};
    client_port_ = port;
  }
  std::string text = "POST / HTTP/1.1\r\nHost: sandbox.localdomain:" + std::to_string(port);
  text.append("\r\nContent-Type: application/json\r\nContent-Length: ").append(std::to_string(body.size()));
  text.append("\r\n\r\n").append(body);
  send_all(client_.socket.get(), text);
  waits_ = true;
}

bool HttpServer::work(int timeout_ms) {
  ready_.clear();
  ready_.push_back({listener_.get(), POLLIN, 0});
  ready_.push_back({client_.socket.get(), POLLIN, 0});  // poll passes over what is not open
  ready_.push_back({output_.get(), POLLIN, 0});
  for (const auto& connection : connections_) ready_.push_back({connection.socket.get(), POLLIN, 0});
  const int count = ::poll(ready_.data(), ready_.size(), timeout_ms);
  if (interrupted != 0) throw std::runtime_error("interrupted");
  if (count <= 0) return false;
  std::size_t index = 3;
  for (auto connection = connections_.begin(); connection != connections_.end(); ++index) {
    const bool open = ready_[index].revents == 0 || receive(*connection);
    connection = open ? std::next(connection) : connections_.erase(connection);
  }
  if (ready_[0].revents != 0) accept_one();
  if (ready_[1].revents != 0) receive_answer();
  if (ready_[2].revents != 0) read_output();
  return true;
}

void HttpServer::accept_one() {
  FileDescriptor socket{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
  if (!socket) return;
  send_without_delay(socket.get());
  connections_.push_back({std::move(socket), {}});
}

bool HttpServer::receive(Connection& connection) {
  if (!receive_into(connection.socket.get(), connection.received)) return false;
  handle_requests(connection);
  return true;
}

void HttpServer::handle_requests(Connection& connection) {
  while (const std::size_t size = message_size(connection.received)) {
    const std::string message = connection.received.substr(0, size);
    connection.received.erase(0, size);
    const std::string_view text = message;
    const auto method_end = text.find(' ');
    const auto path_end = text.find(' ', method_end + 1);
    const auto head_end = text.find("\r\n\r\n");
    handler_({connection, text.substr(0, method_end), text.substr(method_end + 1, path_end - method_end - 1),
              text.substr(0, head_end), text.substr(head_end + 4)});
  }
}

void HttpServer::receive_answer() {
  if (!receive_into(client_.socket.get(), client_.received)) {
    client_.socket.reset();
    return;
  }
  const std::size_t size = message_size(client_.received);
  if (size == 0) return;
  client_.received.erase(0, size);
  waits_ = false;
}

void HttpServer::read_output() {
  std::array<char, 65536> buffer;
  const ssize_t got = ::read(output_.get(), buffer.data(), buffer.size());
  if (got <= 0) {
    output_.reset();
    return;
  }
  lines_ += static_cast<std::uint64_t>(std::count(buffer.begin(), buffer.begin() + got, '\n'));
}

}  // namespace bench
