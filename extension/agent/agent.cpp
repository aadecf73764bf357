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
#include "lambda/metadata.h"

namespace vitals {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// A register that fails without being refused is tried again: the init phase has 10 s.
constexpr int register_attempts = 5;
constexpr auto register_pause = 100ms;

// A failed or useless event/next is repeated after 0, 10, 20, 40 … ms, at most 1 s. After this many failures to connect
// in a row, about half a minute, the API counts as unreachable.
constexpr int failures_until_unreachable = 40;
constexpr auto longest_pause = 1s;

// Pause before event/next is repeated after memory ran out.
constexpr auto starvation_pause = 10ms;

// SIGTERM has no deadline. Lambda waits this long after SHUTDOWN.
constexpr auto time_after_sigterm = 2s;
// A full standard output is retried until this long before the deadline. The rest is the time to exit, also where the
// kernel gives this process only some milliseconds in 100. The shortest flush takes place in any case.
constexpr auto exit_margin = 250ms;
constexpr auto shortest_flush = 300ms;

// On Managed Instances a batch of telemetry, or the end, can produce more lines than the buffer holds. A full standard
// output is then awaited for this long.
constexpr auto burst_patience = 50ms;

SamplerOptions sampler_options_in(std::string_view directory, const Settings& settings) {
  SamplerOptions options = sampler_options(settings);
  // In Lambda both folders are the same. Elsewhere the folder of this extension's file holds the other extensions, too.
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
  // These are not expected to throw. If one does, the process must exit: while it lives and requests no event, every
  // invocation waits for it.
  const auto ended = [this](const std::exception_ptr& thrown) {
    if (!thrown) return;
    log::error("internal error: unexpected exception; the extension exits with 1; please report it");
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
  log::error("cannot register as \"{}\": {}; the extension exits with 1, and the init fails", api_.name(),
             problem.text);
  co_await api_.report_init_error("Extension.RegisterFailed", problem.text);
  finish(1);
  co_return false;
}

// The answer to register, unlike the environment, showed that this is Managed Instances.
void Agent::become_managed() {
  log::info("the Extensions API refuses INVOKE, as on Managed Instances; invocations are measured from telemetry");
  settings_ = load_settings(true).settings;
  output_.emplace(io_, settings_.emf, output_descriptor_);
  life_cycle_ = make_life_cycle(settings_, new_sandbox(settings_), instruments_, *output_, clock_.now());
}

// Called before the answer to register arrives: the port can be opened meanwhile.
void Agent::listen() {
  const auto port = listener_.listen(settings_.telemetry_port);
  if (!port) {
    log::warn("{}; records lack the values that only the platform knows", port.error().text);
    return;
  }
  telemetry_port_ = *port;
  if (settings_.telemetry_port != 0 && *port != settings_.telemetry_port) {
    log::info("port {} is in use; telemetry is received on port {}", settings_.telemetry_port, *port);
  }
}

Task<void> Agent::subscribe() {
  const auto outcome =
      co_await lambda::subscribe_telemetry(api_.connection(), api_.id(), api_.events(), *telemetry_port_);
  life_cycle_->on_subscription(outcome.state);
  if (outcome.state == lambda::Subscription::unsupported) {
    log::info("the Telemetry API is not supported here; records lack the values that only the platform knows");
    listener_.close();
  } else if (outcome.state == lambda::Subscription::unknown) {
    log::warn("no telemetry: {}; records lack the values that only the platform knows", outcome.problem);
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

// If memory runs out, at most the line of the current event is lost, and the next event is requested.
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

// Requests the first event. The platform then starts the runtime, so there is time to warm up. What needs memory that
// is not available is done later.
Task<void> Agent::ask_first() {
  const auto asked = clock_.now();
  try {
    const auto sent = co_await api_.request_next();
    requested_ = sent.has_value();
    life_cycle_->on_first_request(asked);
    if (settings_.managed) plan_waits();
  } catch (const std::bad_alloc&) {
    log::debug("not enough memory to warm up; the first sample will take longer");
  }
}

// Allocates nothing, so it uses no timer.
void Agent::recover_from_starvation() {
  requested_ = false;
  api_.drop_next();
  std::this_thread::sleep_for(starvation_pause);
}

// Waits for the next event and handles it. True for the last one.
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
    log::info("unknown event type from event/next: {:.64}; it is ignored", unknown->type);
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

// Requests the next event unless that has been done, and waits for it.
Task<Result<lambda::Event>> Agent::next_event(bool requested) {
  if (!requested) {
    const auto sent = co_await api_.request_next();
    if (!sent) co_return sent.error();
  }
  co_return co_await api_.receive_next();
}

// Pauses after a failed event/next. False if the API is unreachable: finish() has been called.
Task<bool> Agent::survive(const Error& error) {
  if (failures_ == 0) log::warn("no event: {}; event/next is repeated", error.text);
  unreachable_ = error.code == ErrorCode::connection ? unreachable_ + 1 : 0;
  if (unreachable_ >= failures_until_unreachable) {
    log::error("the Extensions API is unreachable: {}; the extension exits with 1", error.text);
    life_cycle_->end(clock_.now());
    co_await api_.report_exit_error("Extension.ApiGone", error.text);
    finish(1);
    co_return false;
  }
  co_await back_off();
  co_return true;
}

// Pauses before event/next is repeated, longer each time in a row.
Task<void> Agent::back_off() {
  if (++failures_ < 2) co_return;
  pause_.expires_after(std::min<std::chrono::milliseconds>(longest_pause, 10ms * (1 << std::min(failures_ - 2, 7))));
  co_await pause_.async_wait(completion);
}

// Arms the timer for the next tick and ends waits that are over. Called after every event.
void Agent::plan_waits() {
  const auto next = life_cycle_->next_tick(clock_.now());
  if (next) {
    timer_.arm(*next);
  } else {
    timer_.disarm();
  }
  progress_.cancel();
  // A restore lies before the first invocation, so whoever has written a record is in its own zone.
  if (!zone_requested_ && settings_.metadata && output_->has_written()) {
    zone_requested_ = true;
    asio::co_spawn(io_, learn_zone(), asio::detached);
  }
}

// Nothing waits for it.
Task<void> Agent::learn_zone() {
  const auto& [address, token] = *settings_.metadata;
  const auto zone = co_await lambda::request_availability_zone(io_, address, token);
  if (zone) {
    life_cycle_->on_availability_zone(*zone);
  } else {
    log::info("availability_zone is absent: {}", zone.error().text);
  }
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

// Waits until `at`, or until progress_ is cancelled.
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
