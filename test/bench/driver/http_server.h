// HttpServer: what the benchmark driver speaks with an extension and a runtime: HTTP/1.1 on loopback, kept connections,
// one thread. It serves requests, and posts telemetry over a connection of its own.
#pragma once

#include <poll.h>

#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_descriptor.h"

namespace bench {

struct Connection {
  vitals::FileDescriptor socket;
  std::string received;
};

struct Request {
  Connection& from;
  std::string_view method;
  std::string_view path;
  std::string_view head;
  std::string_view body;
};

class HttpServer {
 public:
  // `handler` takes each request and answers it, at once or later, with answer().
  explicit HttpServer(std::function<void(const Request&)> handler);

  [[nodiscard]] std::uint16_t port() const { return port_; }

  static void answer(Connection& to, std::string_view status, std::string_view body, std::string_view headers = {});

  // Posts JSON to a port of loopback. answered() reports when the answer has arrived.
  void post(std::uint16_t port, std::string_view body);
  [[nodiscard]] bool answered() const { return !waits_; }

  // What is read from this descriptor is counted by lines.
  void count_lines_of(vitals::FileDescriptor output) { output_ = std::move(output); }
  [[nodiscard]] std::uint64_t lines() const { return lines_; }

  // Waits at most `timeout_ms` for something to happen and deals with it. False when nothing has happened. Throws
  // std::runtime_error after an interrupt.
  bool work(int timeout_ms);

 private:
  void accept_one();
  bool receive(Connection& connection);
  void handle_requests(Connection& connection);
  void receive_answer();
  void read_output();

  std::function<void(const Request&)> handler_;
  vitals::FileDescriptor listener_;
  std::uint16_t port_ = 0;
  std::list<Connection> connections_;
  Connection client_;
  std::uint16_t client_port_ = 0;
  bool waits_ = false;
  vitals::FileDescriptor output_;
  std::uint64_t lines_ = 0;
  std::vector<pollfd> ready_;
};

// From now on SIGINT, SIGTERM and SIGHUP make HttpServer::work throw, so that all is cleaned up.
void catch_interrupts();

// A connected socket to a port of loopback. Throws std::runtime_error.
[[nodiscard]] vitals::FileDescriptor connect_to(std::uint16_t port);

// All of `text`, waiting where that is needed. Throws std::runtime_error.
void send_all(int socket, std::string_view text);

// The size of the message at the start of `text`, head and body; 0 while it is not all there.
[[nodiscard]] std::size_t message_size(std::string_view text);

}  // namespace bench
