// Agent: the event loop. Four coroutines on one thread wait for the next event of the Extensions API, for telemetry,
// for the sampling timer and for a signal. Each passes what happened to the life cycle (invocation/life_cycle.h), which
// decides what to wait for next. Its records become lines.
//
//   event -> life cycle -> record -> line -> output
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/line_output.h"
#include "agent/termination.h"
#include "agent/timer.h"
#include "base/clock.h"
#include "base/event_loop.h"
#include "config/settings.h"
#include "invocation/instruments.h"
#include "invocation/life_cycle.h"
#include "lambda/extensions_api.h"
#include "lambda/telemetry_listener.h"
#include "lambda/telemetry_subscription.h"

namespace vitals {

class Agent {
 public:
  // `directory`: folder of this extension's file; in Lambda /opt/extensions, with the other extensions. Lines go to
  // descriptor `output`. `clock` must outlive the agent.
  Agent(Settings settings, lambda::Registration registration, std::string_view directory, const Clock& clock,
        int output);

  // Registers and works until SHUTDOWN or SIGTERM, or until the Extensions API is unreachable. Returns the exit status:
  // 0, or 1 if it could not register or the API is unreachable.
  int run();

 private:
  Task<void> work();
  Task<bool> start();
  void become_managed();
  void listen();
  Task<void> subscribe();
  Task<void> event_loop();
  Task<void> ask_first();
  Task<bool> take_event();
  void recover_from_starvation();
  Task<Result<lambda::Event>> next_event(bool requested);
  Task<void> idle_until_shutdown();
  Task<bool> survive(const Error& error);
  Task<void> back_off();
  Task<void> timer_loop();
  Task<void> signal_loop();
  Task<void> hold_next();
  Task<void> shut_down(const lambda::ShutdownEvent& event);
  Task<void> wait(SteadyTime at);

  void plan_waits();
  Task<void> learn_zone();
  void finish(int status);

  boost::asio::io_context io_;
  Settings settings_;
  const Clock& clock_;
  lambda::ExtensionsApi api_;
  lambda::TelemetryListener listener_;
  int output_descriptor_;
  std::optional<LineOutput> output_;
  SandboxInstruments instruments_;
  std::unique_ptr<LifeCycle> life_cycle_;

  Timer timer_;
  std::optional<std::uint16_t> telemetry_port_;  // of the listener
  Termination termination_;
  bool zone_requested_ = false;
  SteadyTimer pause_;       // between attempts at event/next
  SteadyTimer progress_;    // waits that end early when a window closes or a report arrives
  bool requested_ = false;  // event/next has been sent
  int failures_ = 0;        // answers to event/next in a row that failed or brought nothing new
  int unreachable_ = 0;     // the last ones of these, in a row, that could not connect
  int exit_status_ = 0;
};

}  // namespace vitals
