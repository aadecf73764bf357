#include "agent/agent.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <new>
#include <thread>
#include <utility>
#include <variant>

#include "base/log.h"
#include "invocation/sampler_options.h"
#include "invocation/sandbox_start.h"

namespace vitals {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// A register that fails otherwise than by a refusal is tried again: init has 10 s, and without it there is nothing to
// do.
constexpr int register_attempts = 5;
constexpr auto register_pause = 100ms;

// event/next that fails, or brings nothing new, is asked again after 0, 10, 20, 40 … ms, at most 1 s. When the API
// cannot be reached for this many times in a row, about half a minute, whoever serves it has gone for good.
constexpr int failures_until_gone = 40;
constexpr auto longest_pause = 1s;

// Without memory: before event/next is asked for anew.
constexpr auto starvation_pause = 10ms;

// SIGTERM gives no deadline: whoever sent it is taken to wait as long as Lambda does after SHUTDOWN.
constexpr auto time_after_sigterm = 2s;
// A full standard output is waited for until this long before the deadline, which leaves the time to exit also where
// the kernel lets this process run for some milliseconds in 100; but for the shortest flush at least.
constexpr auto exit_margin = 250ms;
constexpr auto shortest_flush = 300ms;

// On Managed Instances a batch of telemetry, and the end, bring more lines at once than are kept for a full standard
// output, which is waited for so long.
constexpr auto burst_patience = 50ms;

SamplerOptions sampler_options_in(std::string_view directory, const Settings& settings) {
  SamplerOptions options = sampler_options(settings);
  // In Lambda the two are one. Elsewhere the folder that this extension was started from holds the others, too.
  if (directory.ends_with("/extensions")) options.extension_directory = directory;
  return options;
}

runtime::ApiAddress api_address(const asio::ip::tcp::endpoint& endpoint) {
  const auto address = endpoint.address();
  const auto ipv6 = address.is_v4() ? asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()) : address.to_v6();
  return {.address = ipv6.to_bytes(), .port = endpoint.port()};
}

}  // namespace

Agent::Agent(Settings settings, lambda::Registration registration, std::string_view directory, const Clock& clock,
             int output)
    : io_(1),
      settings_(std::move(settings)),
      clock_(clock),
      api_(io_, std::move(registration)),
      listener_(io_,
                [this](const lambda::TelemetryBatch& batch) {
                  life_cycle_->on_telemetry(batch, clock_.now(), [this] { return api_.next_has_arrived(); });
                  plan_waits();
                }),
      output_descriptor_(output),
      output_(std::in_place, io_, settings_.emf, output),
      instruments_(sampler_options_in(directory, settings_), api_address(api_.endpoint()), clock),
      life_cycle_(make_life_cycle(settings_, new_sandbox(settings_), instruments_, *output_, clock.now())),
      timer_(io_),
      termination_(io_),
      pause_(io_),
      progress_(io_) {
}

int Agent::run() {
  // No exception is expected out of these. One that came all the same must not leave a process behind that asks for no
  // event any more: every invocation would wait for it.
  const auto ended = [this](const std::exception_ptr& thrown) {
    if (!thrown) return;
    log::error("something went wrong that never should: the extension ends");
    finish(1);
  };
  asio::co_spawn(io_, work(), ended);
  asio::co_spawn(io_, signal_loop(), ended);
  io_.run();
  return exit_status_;
}

Task<void> Agent::work() {
  if (settings_.enabled && settings_.telemetry) listen();
  const bool started = co_await start();
  if (!started) co_return;
  if (settings_.enabled && !settings_.managed && api_.events() == lambda::Subscribe::shutdown_only) become_managed();
  if (!settings_.enabled) {
    co_await idle_until_shutdown();
    co_return;
  }
  if (settings_.managed) output_->wait_for_room(burst_patience);
  if (telemetry_port_) co_await subscribe();
  asio::co_spawn(io_, timer_loop(), asio::detached);
  co_await event_loop();
}

Task<bool> Agent::start() {
  Error problem;
  for (int attempt = 0; attempt < register_attempts; ++attempt) {
    const auto id = co_await api_.register_extension();
    if (id) co_return true;
    problem = id.error();
    if (problem.code == ErrorCode::refused) break;
    pause_.expires_after(register_pause);
    co_await pause_.async_wait(completion);
  }
  log::error("cannot register as \"{}\": {}", api_.name(), problem.text);
  co_await api_.report_init_error("Extension.RegisterFailed", problem.text);
  finish(1);
  co_return false;
}

// The answer to register said that this is Managed Instances; the environment did not.
void Agent::become_managed() {
  log::info("INVOKE cannot be registered for here: as on Managed Instances, invocations are known from telemetry");
  settings_ = load_settings(true).settings;
  output_.emplace(io_, settings_.emf, output_descriptor_);
  life_cycle_ = make_life_cycle(settings_, new_sandbox(settings_), instruments_, *output_, clock_.now());
}

// Before the answer to register is waited for: the port can be taken meanwhile.
void Agent::listen() {
  const auto port = listener_.listen(settings_.telemetry_port);
  if (!port) {
    log::warn("{}; going on without telemetry", port.error().text);
    return;
  }
  telemetry_port_ = *port;
  if (settings_.telemetry_port != 0 && *port != settings_.telemetry_port) {
    log::info("port {} is taken: listening for telemetry on port {}", settings_.telemetry_port, *port);
  }
}

Task<void> Agent::subscribe() {
  const auto outcome =
      co_await lambda::subscribe_telemetry(api_.connection(), api_.id(), api_.events(), *telemetry_port_);
  life_cycle_->on_subscription(outcome.state);
  if (outcome.state == lambda::Subscription::unsupported) {
    log::info("the Telemetry API is not supported here: records will lack what the platform alone knows");
    listener_.close();
  } else if (outcome.state == lambda::Subscription::unknown) {
    log::warn("no telemetry is promised: {}", outcome.problem);
  }
}

Task<void> Agent::idle_until_shutdown() {
  for (;;) {
    const auto event = co_await next_event(false);
    if (event && std::holds_alternative<lambda::ShutdownEvent>(*event)) break;
    if (event) {
      co_await back_off();
      continue;
    }
    const bool survived = co_await survive(event.error());
    if (!survived) co_return;
  }
  finish(0);
}

// Where there is no memory for an event, it costs that event's line at most: the next one is asked for all the same.
Task<void> Agent::event_loop() {
  co_await ask_first();
  for (bool over = false; !over;) {
    bool starved = false;
    try {
      over = co_await take_event();
    } catch (const std::bad_alloc&) {
      starved = true;
    }
    if (starved) recover_from_starvation();
  }
}

// Asks for the first event. The platform starts the runtime then, and this extension has nothing else to do than to
// warm up; what there is no memory for is done later.
Task<void> Agent::ask_first() {
  const auto asked = clock_.now();
  try {
    const auto sent = co_await api_.request_next();
    requested_ = sent.has_value();
    life_cycle_->on_first_request(asked);
    if (settings_.managed) plan_waits();
  } catch (const std::bad_alloc&) {
    log::debug("no memory to warm up");
  }
}

// Takes no memory itself, and so no timer.
void Agent::recover_from_starvation() {
  requested_ = false;
  api_.drop_next();
  std::this_thread::sleep_for(starvation_pause);
}

// Waits for the next event and works on it. True when it was the last.
Task<bool> Agent::take_event() {
  auto event = co_await next_event(std::exchange(requested_, false));
  if (!event) {
    const bool survived = co_await survive(event.error());
    co_return !survived;
  }
  if (const auto* shutdown = std::get_if<lambda::ShutdownEvent>(&*event)) {
    co_await shut_down(*shutdown);
    co_return true;
  }
  if (const auto* unknown = std::get_if<lambda::UnknownEvent>(&*event)) {
    log::info("an event of a type that is not known: {:.64}", unknown->type);
    life_cycle_->on_other_event(clock_.now());
    co_await back_off();
    co_return false;
  }
  const auto& invoke = std::get<lambda::InvokeEvent>(*event);
  if (life_cycle_->is_repeated(invoke)) {
    life_cycle_->on_other_event(clock_.now());
    co_await back_off();
    co_return false;
  }
  failures_ = unreachable_ = 0;
  life_cycle_->before_request(clock_.now());
  if (settings_.emit == Emit::async) requested_ = api_.request_next_now();
  life_cycle_->on_invoke(invoke, clock_.now());
  plan_waits();
  if (settings_.emit == Emit::sync) co_await hold_next();
  co_return false;
}

// Asks for the next event, unless that has been done, and waits for it.
Task<Result<lambda::Event>> Agent::next_event(bool requested) {
  if (!requested) {
    const auto sent = co_await api_.request_next();
    if (!sent) co_return sent.error();
  }
  co_return co_await api_.receive_next();
}

// Pauses after a failed event/next. False when the API has gone for good: the agent has been told to finish.
Task<bool> Agent::survive(const Error& error) {
  if (failures_ == 0) log::warn("event/next: {}", error.text);
  unreachable_ = error.code == ErrorCode::connection ? unreachable_ + 1 : 0;
  if (unreachable_ >= failures_until_gone) {
    log::error("the Extensions API has gone: {}", error.text);
    life_cycle_->end(clock_.now());
    co_await api_.report_exit_error("Extension.ApiGone", error.text);
    finish(1);
    co_return false;
  }
  co_await back_off();
  co_return true;
}

// Pauses before event/next is asked for again, longer each time in a row.
Task<void> Agent::back_off() {
  if (++failures_ < 2) co_return;
  pause_.expires_after(std::min<std::chrono::milliseconds>(longest_pause, 10ms * (1 << std::min(failures_ - 2, 7))));
  co_await pause_.async_wait(completion);
}

// What follows from every event: the timer for the next tick, and waits that may be over.
void Agent::plan_waits() {
  const auto next = life_cycle_->next_tick(clock_.now());
  if (next) timer_.arm(*next);
  if (!next && armed_) timer_.disarm();
  armed_ = next.has_value();
  progress_.cancel();
}

Task<void> Agent::timer_loop() {
  for (;;) {
    bool starved = false;
    try {
      const bool expired = co_await timer_.expired();
      if (!expired) co_return;
      life_cycle_->on_tick(clock_.now());
      plan_waits();
    } catch (const std::bad_alloc&) {
      starved = true;
    }
    if (!starved) continue;
    std::this_thread::sleep_for(starvation_pause);
    timer_.arm(clock_.now().steady + starvation_pause);
  }
}

// Waits until `at`, or until something has happened.
Task<void> Agent::wait(SteadyTime at) {
  progress_.expires_at(std::chrono::time_point_cast<std::chrono::steady_clock::duration>(at));
  co_await progress_.async_wait(completion);
}

Task<void> Agent::hold_next() {
  while (const auto until = life_cycle_->hold_until(clock_.now())) co_await wait(*until);
}

Task<void> Agent::shut_down(const lambda::ShutdownEvent& event) {
  life_cycle_->on_shutdown(event, clock_.now());
  plan_waits();
  while (const auto until = life_cycle_->reports_until(clock_.now())) co_await wait(*until);
  life_cycle_->release(clock_.now());
  finish(0);
}

Task<void> Agent::signal_loop() {
  const bool terminated = co_await termination_.received();
  if (!terminated) co_return;
  if (settings_.enabled) life_cycle_->end(clock_.now());
  finish(0);
}

void Agent::finish(int status) {
  exit_status_ = status;
  const auto now = clock_.now().steady;
  const auto deadline = life_cycle_->exit_deadline().value_or(now + time_after_sigterm);
  output_->finish(std::max<std::chrono::nanoseconds>(deadline - exit_margin - now, shortest_flush));
  listener_.close();
  timer_.close();
  io_.stop();
}

}  // namespace vitals
