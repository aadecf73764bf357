// Host: the part of Lambda that an extension and a runtime see: Extensions API, Runtime API and telemetry, one
// invocation after the other, as fast as the two go.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cpu_group.h"
#include "function.h"
#include "http_server.h"
#include "options.h"
#include "program.h"

namespace bench {

// Of one invocation.
struct Sample {
  Nanoseconds response{};                // from INVOKE to the response of the runtime
  Nanoseconds free{};                    // from INVOKE until extension and runtime have asked for the next
  std::optional<Nanoseconds> in_period;  // from the start of the CPU quota's period to INVOKE
  Nanoseconds function_cpu{};
};

class Host {
 public:
  // `group`: the CPU quota of the program, or none.
  Host(const Options& options, const CpuGroup* group);

  // Starts the program and waits for its first event/next. Throws std::runtime_error where it does not come to that.
  void start_program();
  [[nodiscard]] bool has_program() const { return program_.has_value(); }
  [[nodiscard]] Program& program() { return *program_; }
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  [[nodiscard]] Nanoseconds registered_at() const { return registered_at_; }
  [[nodiscard]] Nanoseconds first_next_at() const { return first_next_at_; }
  [[nodiscard]] std::uint64_t lines() const { return server_.lines(); }

  // With a runtime: until it asks for its first invocation.
  void wait_for_runtime();
  // One invocation, from INVOKE to the answer to its telemetry.
  Sample invoke(const Work& work);
  // Serves until the period of the CPU quota is as old as that, once at least a millisecond has passed. When it began
  // is known from when a function that was throttled ran again; it returns at once when none was yet.
  void wait_for_period(Nanoseconds age);
  // Deals with whatever comes for so long.
  void serve_for(Nanoseconds time);
  // SHUTDOWN, and at most two seconds for the program to end.
  void shut_down();

 private:
  void handle(const Request& request);
  void subscribe(const Request& request);
  void until(const char* what, const std::function<bool()>& done);
  void wait_until_idle();
  void answer_extension(const std::string& id);
  void await_runtime(Nanoseconds invoked_at);
  void send_end(const std::string& id);

  const Options& options_;
  const CpuGroup* group_;
  HttpServer server_;
  std::optional<Program> program_;
  Nanoseconds registered_at_{};
  Nanoseconds first_next_at_{};
  Connection* extension_ = nullptr;  // waits for an event
  Connection* runtime_ = nullptr;    // waits for an invocation
  std::uint16_t telemetry_port_ = 0;
  Nanoseconds extension_next_at_{};
  Nanoseconds runtime_next_at_{};
  Nanoseconds response_at_{};
  Nanoseconds period_began_{};  // one of the CPU quota's; 0: not known
  Worked worked_;
  std::string start_;  // platform.start of the invocation that runs, until it is sent
  std::uint64_t number_ = 0;
  std::string extra_;
};

}  // namespace bench
