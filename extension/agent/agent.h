// Agent: the event loop. Four coroutines on one thread wait for the next event of the Extensions API, for telemetry,
// for the sampling timer and for a signal; each tells the recorder what happened, and its records become lines.
//
//   event -> sample -> difference -> record -> line -> output
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/instruments.h"
#include "agent/line_output.h"
#include "agent/recorder.h"
#include "agent/timer.h"
#include "base/clock.h"
#include "config/settings.h"
#include "lambda/extensions_api.h"
#include "lambda/telemetry_listener.h"
#include "lambda/telemetry_subscription.h"

namespace vitals {

class Agent {
 public:
  // `directory`: where this extension's running file lies; in Lambda /opt/extensions, with the other extensions. Lines
  // go to descriptor `output`. `clock` must outlive the agent.
  Agent(Settings settings, lambda::Registration registration, std::string_view directory, const Clock& clock,
        int output);

  // Registers and works until SHUTDOWN or SIGTERM, or until the Extensions API has gone for good. The exit status:
  // 0, or 1 when it could not register or the API has gone.
  int run();

 private:
  boost::asio::awaitable<void> work();
  boost::asio::awaitable<bool> start();
  void listen();
  boost::asio::awaitable<void> subscribe();
  boost::asio::awaitable<void> event_loop();
  boost::asio::awaitable<bool> take_event();
  void recover_from_starvation();
  boost::asio::awaitable<Result<lambda::Event>> next_event(bool requested);
  boost::asio::awaitable<void> idle_until_shutdown();
  boost::asio::awaitable<bool> survive(const Error& error);
  boost::asio::awaitable<void> back_off();
  boost::asio::awaitable<void> timer_loop();
  boost::asio::awaitable<void> signal_loop();
  boost::asio::awaitable<void> hold_next();
  boost::asio::awaitable<void> shut_down(const lambda::ShutdownEvent& event);
  boost::asio::awaitable<void> wait(SteadyTime at);

  void settle();
  void finish(int status);

  boost::asio::io_context io_;
  Settings settings_;
  const Clock& clock_;
  lambda::ExtensionsApi api_;
  lambda::TelemetryListener listener_;
  LineOutput output_;
  SandboxInstruments instruments_;
  Recorder recorder_;

  Timer timer_;
  bool armed_ = false;
  std::optional<std::uint16_t> telemetry_port_;  // on which the listener listens
  boost::asio::signal_set signals_;
  boost::asio::steady_timer pause_;     // between tries of event/next
  boost::asio::steady_timer progress_;  // waits that end early when a window closes or a report comes
  bool requested_ = false;              // event/next is on its way
  int failures_ = 0;                    // answers to event/next in a row that failed or brought nothing new
  int unreachable_ = 0;                 // of these the last ones that could not reach the API
  int exit_status_ = 0;
};

}  // namespace vitals
