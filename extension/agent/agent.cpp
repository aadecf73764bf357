#include "agent/agent.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <csignal>
#include <utility>
#include <variant>

#include "agent/record_builder.h"
#include "agent/sandbox_start.h"
#include "base/log.h"

namespace vitals {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto completion = asio::as_tuple(asio::use_awaitable);

// A register that fails otherwise than by a refusal is tried again: init has 10 s, and without it there is nothing to
// do.
constexpr int register_attempts = 5;
constexpr auto register_pause = 100ms;

// event/next that fails, or brings nothing new, is asked again after 0, 10, 20, 40 … ms, at most 1 s. When the API
// cannot be reached for this many times in a row, about half a minute, whoever serves it has gone for good.
constexpr int failures_until_gone = 40;
constexpr auto longest_pause = 1s;

// A window whose end nothing has told closes this long after its deadline: a SHUTDOWN for the timeout comes first then,
// and says more.
constexpr auto deadline_grace = 250ms;

// Lambda's longest timeout.
constexpr auto longest_timeout = 15min;

// In sync mode event/next is asked for at the latest this long before the deadline, as the platform counts an extension
// that has not asked by then as the function's timeout.
constexpr auto sync_margin = 100ms;
// And the deadline is looked at anew this often, as the wall clock may be set right meanwhile.
constexpr auto deadline_check = 1s;

// A report comes within milliseconds of SHUTDOWN, if it comes; after a timeout or a crash it seldom does.
constexpr auto report_wait = 300ms;
constexpr auto report_wait_after_failure = 100ms;
// What is left of the time until SIGKILL after every wait: to write the lines and exit.
constexpr auto exit_reserve = 500ms;
// How long full standard output is waited for at the end.
constexpr auto final_flush = 300ms;

SamplerOptions sampler_options(const Settings& settings, const Identity& identity) {
  SamplerOptions options;
  options.network_interfaces = settings.network_interfaces;
  // In Lambda the two are one. Elsewhere the folder that this extension was started from holds the others, too.
  if (identity.directory.ends_with("/extensions") && identity.directory != options.extension_directories.front()) {
    options.extension_directories.push_back(identity.directory);
  }
  return options;
}

SteadyTime to_steady(WallTime wall, const TimePoint& now) {
  return now.steady + (wall - now.wall);
}

// The deadline of an invocation as this process's clocks tell it now. After a freeze the wall clock may be wrong for a
// while, so it is asked for anew each time, and is never later than the longest timeout that Lambda has.
std::optional<SteadyTime> deadline_of(const Window& window, const TimePoint& now) {
  if (!window.invoke.deadline) return std::nullopt;
  return std::min(to_steady(*window.invoke.deadline, now), window.opened.steady + longest_timeout);
}

// When an open window that nothing else closes is closed. A deadline that had passed before its INVOKE came is none:
// the wall clock is ahead, as it may be after a thaw, until it is set right.
std::optional<SteadyTime> closing_time(const Window& window, const TimePoint& now) {
  const auto deadline = deadline_of(window, now);
  if (!deadline) return std::nullopt;
  const bool believed = *deadline > window.opened.steady;
  return (believed ? *deadline : window.opened.steady + longest_timeout) + deadline_grace;
}

}  // namespace

Agent::Agent(Settings settings, Identity identity, const asio::ip::tcp::endpoint& api, const Clock& clock, int output)
    : io_(1),
      settings_(std::move(settings)),
      identity_(std::move(identity)),
      clock_(clock),
      endpoint_(api),
      api_(io_, api),
      listener_(io_, [this](const lambda::TelemetryBatch& batch) { on_telemetry(batch); }),
      observer_(api.port()),
      sampler_(sampler_options(settings_, identity_), clock),
      schedule_(settings_.sample_interval),
      sandbox_(new_sandbox(settings_)),
      output_(io_, settings_.emf, output),
      timer_(io_),
      signals_(io_),
      pause_(io_),
      progress_(io_) {
}

int Agent::run() {
  boost::system::error_code ignored;
  signals_.add(SIGTERM, ignored);
  signals_.add(SIGINT, ignored);
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

asio::awaitable<void> Agent::work() {
  const bool started = co_await start();
  if (!started) co_return;
  if (!settings_.enabled) {
    co_await idle_until_shutdown();
    co_return;
  }
  if (settings_.telemetry) co_await start_telemetry();
  expect_telemetry();
  asio::co_spawn(io_, timer_loop(), asio::detached);
  co_await event_loop();
}

asio::awaitable<bool> Agent::start() {
  const auto events = settings_.enabled ? lambda::Subscribe::invoke_and_shutdown : lambda::Subscribe::shutdown_only;
  Error problem;
  for (int attempt = 0; attempt < register_attempts; ++attempt) {
    const auto id = co_await api_.register_extension(identity_.name, events);
    if (id) co_return true;
    problem = id.error();
    if (problem.code == ErrorCode::refused) break;
    pause_.expires_after(register_pause);
    co_await pause_.async_wait(completion);
  }
  log::error("cannot register as \"{}\": {}", identity_.name, problem.text);
  co_await api_.report_init_error("Extension.RegisterFailed", problem.text);
  finish(1);
  co_return false;
}

asio::awaitable<void> Agent::start_telemetry() {
  const auto port = listener_.listen(settings_.telemetry_port);
  if (!port) {
    log::warn("{}; going on without telemetry", port.error().text);
    co_return;
  }
  if (settings_.telemetry_port != 0 && *port != settings_.telemetry_port) {
    log::info("port {} is taken: listening for telemetry on port {}", settings_.telemetry_port, *port);
  }
  const auto outcome = co_await lambda::subscribe_telemetry(io_, endpoint_, api_.id(), *port);
  subscription_ = outcome.state;
  if (outcome.state == lambda::Subscription::unsupported) {
    log::info("the Telemetry API is not supported here: records will lack what the platform alone knows");
    listener_.close();
  } else if (outcome.state == lambda::Subscription::unknown) {
    log::warn("no telemetry is promised: {}", outcome.problem);
  }
}

bool Agent::telemetry_expected() const {
  return subscription_ == lambda::Subscription::active || telemetry_seen_;
}

void Agent::expect_telemetry() {
  windows_.expect_reports(telemetry_expected() && settings_.emit == Emit::async);
  windows_.expect_freezes(telemetry_expected());
}

asio::awaitable<void> Agent::idle_until_shutdown() {
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

asio::awaitable<void> Agent::event_loop() {
  bool requested = false;
  for (;;) {
    auto event = co_await next_event(requested);
    requested = false;
    if (!event) {
      const bool survived = co_await survive(event.error());
      if (!survived) co_return;
      continue;
    }
    if (const auto* shutdown = std::get_if<lambda::ShutdownEvent>(&*event)) {
      co_await shut_down(*shutdown);
      co_return;
    }
    if (const auto* unknown = std::get_if<lambda::UnknownEvent>(&*event)) {
      log::info("an event of a type that is not known: {:.64}", unknown->type);
      co_await back_off();
      continue;
    }
    auto& invoke = std::get<lambda::InvokeEvent>(*event);
    if (windows_.is_repeated(invoke)) {
      co_await back_off();
      continue;
    }
    failures_ = unreachable_ = 0;
    // Before the first look the function's processes are not known: a quick function might be done, and the sandbox
    // frozen, before they are found. So the first look comes before the request. Later the request comes
    // first; a look that the freeze holds up misses nothing then, as its window begins where the last one ended.
    if (settings_.emit == Emit::async && !windows_.next_is_first()) requested = api_.request_next_now();
    on_invoke(std::move(invoke));
    if (settings_.emit == Emit::sync) co_await hold_next();
  }
}

// Asks for the next event, unless that has been done, and waits for it.
asio::awaitable<Result<lambda::Event>> Agent::next_event(bool requested) {
  if (!requested) {
    const auto sent = co_await api_.request_next();
    if (!sent) co_return sent.error();
  }
  co_return co_await api_.receive_next();
}

// Pauses after a failed event/next. False when the API has gone for good: the agent has been told to finish.
asio::awaitable<bool> Agent::survive(const Error& error) {
  if (failures_ == 0) log::warn("event/next: {}", error.text);
  unreachable_ = error.code == ErrorCode::connection ? unreachable_ + 1 : 0;
  if (unreachable_ >= failures_until_gone) {
    log::error("the Extensions API has gone: {}", error.text);
    sampler_.read(sample_);
    close_window(CloseReason::signal, sample_, std::nullopt);
    windows_.release();
    emit_ready();
    co_await api_.report_exit_error("Extension.ApiGone", error.text);
    finish(1);
    co_return false;
  }
  co_await back_off();
  co_return true;
}

// Pauses before event/next is asked for again, longer each time in a row.
asio::awaitable<void> Agent::back_off() {
  if (++failures_ < 2) co_return;
  pause_.expires_after(std::min<std::chrono::milliseconds>(longest_pause, 10ms * (1 << std::min(failures_ - 2, 7))));
  co_await pause_.async_wait(completion);
}

void Agent::on_invoke(lambda::InvokeEvent event) {
  const auto arrived = clock_.now();
  // The first look tells which processes are other extensions, whose connections are not the runtime's. Later the
  // connections come before anything else: a quick function may answer while the sample is taken.
  const bool first = windows_.next_is_first();
  if (first) sampler_.read(sample_);
  std::optional<SteadyTime> end;
  if (!telemetry_expected()) end = observer_.invoked(arrived.steady, sampler_.extension_processes());
  if (!first) sampler_.read(sample_);
  close_window(CloseReason::next_invoke, sample_, end);
  sandbox_.add(sample_.gauges);
  const bool over = windows_.open(std::move(event), sample_, arrived);
  if (over) {
    close_window(CloseReason::runtime_done, sample_, std::nullopt);
  } else {
    function_gone_ = false;
    schedule_.start(sample_.at.steady);
    arm_timer();
  }
  emit_ready();
}

void Agent::on_telemetry(const lambda::TelemetryBatch& batch) {
  if (batch.dropped > 0) log::info("{} malformed telemetry events dropped", batch.dropped);
  for (const auto& event : batch.events) {
    telemetry_seen_ = true;
    // A snapshot is taken before the first invocation, so there is nothing to count anew; telemetry of the restore may
    // come after the INVOKE that follows it.
    if (sandbox_.apply(event)) sandbox_.id = random_id();
    if (event.type == lambda::TelemetryType::logs_dropped)
      log::warn("the platform dropped telemetry: {}", event.reason);
    if (event.request_id.empty() || !windows_.apply(event)) continue;
    sampler_.read(sample_);
    close_window(CloseReason::runtime_done, sample_, std::nullopt);
  }
  expect_telemetry();
  progress_.cancel();
  emit_ready();
}

void Agent::close_window(CloseReason reason, const Sample& sample, std::optional<SteadyTime> end) {
  if (windows_.current() == nullptr) return;
  timer_.disarm();
  sandbox_.add(sample.gauges);
  windows_.close(reason, sample, end);
  progress_.cancel();
}

void Agent::arm_timer() {
  const Window* window = windows_.current();
  if (window == nullptr) return;
  SteadyTime next = schedule_.next();
  if (const auto look = observer_.next_look(); look && !telemetry_expected()) next = std::min(next, *look);
  if (const auto closing = closing_time(*window, clock_.now())) next = std::min(next, *closing);
  timer_.arm(next);
}

asio::awaitable<void> Agent::timer_loop() {
  for (;;) {
    const bool expired = co_await timer_.expired();
    if (!expired) co_return;
    on_tick();
  }
}

void Agent::on_tick() {
  Window* window = windows_.current();
  if (window == nullptr) return;
  const auto now = clock_.now();
  const auto closing = closing_time(*window, now);
  if (closing && now.steady >= *closing) {
    sampler_.read(sample_);
    close_window(CloseReason::deadline, sample_, std::nullopt);
    emit_ready();
    return;
  }
  const auto cpu_before = cpu_time_used();
  Gauges gauges;
  sampler_.read(gauges);
  sandbox_.add(gauges);
  window->peaks.add(gauges);
  if (gauges.processes.value_or(0) == 0) {
    // The runtime has gone, and no runtimeDone may ever tell: the SHUTDOWN that follows is not to be kept waiting.
    function_gone_ = true;
    progress_.cancel();
  }
  schedule_.ticked(now.steady, cpu_time_used() - cpu_before);
  if (!telemetry_expected()) watch_runtime(now.steady);
  arm_timer();
}

void Agent::watch_runtime(SteadyTime now) {
  const auto end = observer_.look(now, sampler_.extension_processes());
  if (!end) return;
  sampler_.read(sample_);
  close_window(CloseReason::observed, sample_, end);
  emit_ready();
}

void Agent::wake_at(SteadyTime at) {
  progress_.expires_at(std::chrono::time_point_cast<std::chrono::steady_clock::duration>(at));
}

// Sync mode: returns when the open window has closed, when the function's processes have gone, or just before its
// deadline. Without telemetry nothing would tell that it closed, so it is not waited for.
asio::awaitable<void> Agent::hold_next() {
  const Window* window = windows_.current();
  if (window == nullptr || !telemetry_expected() || !window->invoke.deadline) co_return;
  const RequestId id = window->invoke.request_id;
  while (!function_gone_ && (window = windows_.current()) != nullptr && window->invoke.request_id == id) {
    const auto now = clock_.now();
    const SteadyTime limit = deadline_of(*window, now).value_or(now.steady) - sync_margin;
    if (now.steady >= limit) co_return;
    wake_at(std::min(limit, now.steady + deadline_check));
    co_await progress_.async_wait(completion);
  }
}

// The end of the open window's invocation, when without telemetry it has been seen by now.
std::optional<SteadyTime> Agent::last_look() {
  if (telemetry_expected() || windows_.current() == nullptr) return std::nullopt;
  const auto now = clock_.now().steady;
  return observer_.last_look(now, sampler_.extension_processes());
}

asio::awaitable<void> Agent::shut_down(const lambda::ShutdownEvent& event) {
  std::optional<SteadyTime> end = last_look();
  sampler_.read(sample_);
  // A timeout or a crash of the runtime is told at once: it is the end of the invocation that was under way.
  const auto kind = lambda::shutdown_kind(event.reason);
  const bool failed = kind == lambda::ShutdownKind::timeout || kind == lambda::ShutdownKind::failure;
  if (failed) end = sample_.at.steady;
  close_window(CloseReason::shutdown, sample_, end);
  windows_.set_shutdown_reason(event.reason);
  emit_ready();

  SteadyTime limit = sample_.at.steady + (failed ? report_wait_after_failure : report_wait);
  if (event.deadline) limit = std::min(limit, to_steady(*event.deadline, sample_.at) - exit_reserve);
  while (windows_.waits_for_report() && clock_.now().steady < limit) {
    wake_at(limit);
    co_await progress_.async_wait(completion);
  }
  windows_.release();
  emit_ready();
  finish(0);
}

asio::awaitable<void> Agent::signal_loop() {
  const auto [failed, number] = co_await signals_.async_wait(completion);
  static_cast<void>(number);
  if (failed) co_return;
  if (settings_.enabled) {
    const auto end = last_look();
    sampler_.read(sample_);
    close_window(CloseReason::signal, sample_, end);
    windows_.release();
    emit_ready();
  }
  finish(0);
}

void Agent::emit_ready() {
  while (const Window* window = windows_.ready()) {
    output_.write(build_record(*window, sandbox_));
    windows_.pop();
  }
}

void Agent::finish(int status) {
  exit_status_ = status;
  output_.finish(final_flush);
  listener_.close();
  timer_.close();
  io_.stop();
}

}  // namespace vitals
