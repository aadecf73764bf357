// Host: the part of Lambda that an extension and a runtime see: Extensions API, Runtime API and telemetry, one
// invocation after the other, as fast as the two go.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "http_server.h"
#include "options.h"
#include "program.h"

namespace bench {

class Host {
 public:
  explicit Host(const Options& options);

  // Starts the program and waits for its first event/next. Throws std::runtime_error where it does not come to that.
  void start_program();
  [[nodiscard]] Program& program() { return *program_; }
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  [[nodiscard]] Nanoseconds registered_at() const { return registered_at_; }
  [[nodiscard]] Nanoseconds first_next_at() const { return first_next_at_; }
  [[nodiscard]] std::uint64_t lines() const { return server_.lines(); }

  // With a runtime: until it asks for its first invocation.
  void wait_for_runtime();
  // One invocation, from INVOKE to the answer to its telemetry.
  void invoke();
  // Deals with whatever comes for so long.
  void serve_for(Nanoseconds time);
  // SHUTDOWN, and at most two seconds for the program to end.
  void shut_down();

 private:
  void handle(const Request& request);
  void subscribe(const Request& request);
  void until(const char* what, const std::function<bool()>& done);
  void settle();
  void send_telemetry();

  const Options& options_;
  HttpServer server_;
  std::optional<Program> program_;
  Nanoseconds registered_at_{};
  Nanoseconds first_next_at_{};
  Connection* extension_ = nullptr;  // waits for an event
  Connection* runtime_ = nullptr;    // waits for an invocation
  std::uint16_t telemetry_port_ = 0;
  std::uint64_t number_ = 0;
  std::string extra_;
};

}  // namespace bench
