#include "http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "steps.h"

namespace workload {

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

}  // namespace

std::string Response::header(std::string_view name) const {
  const std::string wanted = "\r\n" + std::string(name) + ":";
  const auto at = lower(headers).find(wanted);
  if (at == std::string::npos) return {};
  const auto begin = headers.find_first_not_of(' ', at + wanted.size());
  return headers.substr(begin, headers.find("\r\n", begin) - begin);
}

int connect_to(const std::string& host, int port) {
  sockaddr_in ipv4{};
  sockaddr_in6 ipv6{};
  const bool is_ipv6 = host.find(':') != std::string::npos;
  ipv4.sin_family = AF_INET;
  ipv6.sin6_family = AF_INET6;
  ipv4.sin_port = ipv6.sin6_port = htons(static_cast<std::uint16_t>(port));
  const int read = is_ipv6 ? ::inet_pton(AF_INET6, host.c_str(), &ipv6.sin6_addr)
                           : ::inet_pton(AF_INET, host.c_str(), &ipv4.sin_addr);
  if (read != 1) throw std::runtime_error("no IP address: " + host);
  const int socket = ::socket(is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) fail("socket");
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): what connect(2) takes
  const auto* const where =
      is_ipv6 ? reinterpret_cast<const sockaddr*>(&ipv6) : reinterpret_cast<const sockaddr*>(&ipv4);
  // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
  if (::connect(socket, where, is_ipv6 ? sizeof ipv6 : sizeof ipv4) != 0) fail("connect to " + host);
  return socket;
}

Http::~Http() {
  close();
}

void Http::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

void Http::connect() {
  if (socket_ >= 0) return;
  const auto colon = address_.rfind(':');
  socket_ = connect_to(address_.substr(0, colon), std::stoi(address_.substr(colon + 1)));
}

std::string Http::head(std::string_view method, const std::string& path, const std::string& headers) const {
  std::string text = std::string(method) + " " + path + " HTTP/1.1\r\nHost: " + address_ + "\r\n" + headers;
  if (!keep_) text += "Connection: close\r\n";
  return text;
}

void Http::send(std::string_view text) {
  while (!text.empty()) {
    const ssize_t part = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
    if (part <= 0) fail("send");
    text.remove_prefix(static_cast<std::size_t>(part));
  }
}

Response Http::stream(const std::string& path, std::string_view body, int pieces, std::chrono::nanoseconds pause) {
  connect();
  send(head("POST", path, "Transfer-Encoding: chunked\r\n") + "\r\n");
  const std::size_t size = body.size() / static_cast<std::size_t>(pieces) + 1;
  for (int piece = 0; piece < pieces; ++piece) {
    sleep_for(pause);
    const std::string_view part = body.substr(std::min(size * static_cast<std::size_t>(piece), body.size()), size);
    std::array<char, 32> length{};
    const int digits = std::snprintf(length.data(), length.size(), "%zx\r\n", part.size());
    std::string chunk(length.data(), static_cast<std::size_t>(digits));
    chunk += part;
    chunk += "\r\n";
    if (!part.empty()) send(chunk);
  }
  send("0\r\n\r\n");
  Response response = receive();
  if (!keep_) close();
  return response;
}

Response Http::request(std::string_view method, const std::string& path, std::string_view body,
                       const std::string& headers) {
  connect();
  std::string text = head(method, path, headers);
  if (method == "POST") text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  text += "\r\n";
  text += body;
  send(text);
  Response response = receive();
  if (!keep_) close();
  return response;
}

Response Http::receive() {
  std::array<char, 16384> buffer;
  std::string text;
  const auto more = [&] {
    const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (got < 0) fail("recv");
    if (got == 0) throw std::runtime_error("the Runtime API closed the connection");
    text.append(buffer.data(), static_cast<std::size_t>(got));
  };
  std::size_t end = 0;
  while ((end = text.find("\r\n\r\n")) == std::string::npos) more();
  Response response;
  response.headers = text.substr(0, end + 2);
  response.status = std::stoi(text.substr(text.find(' ') + 1));
  const std::string length = response.header("content-length");
  if (length.empty()) throw std::runtime_error("an answer without Content-Length");
  const std::size_t whole = end + 4 + std::stoul(length);
  while (text.size() < whole) more();
  response.body = text.substr(end + 4);
  return response;
}

}  // namespace workload
