#include "base/log.h"

#include <poll.h>
#include <spdlog/sinks/sink.h>
#include <unistd.h>

#include <memory>
#include <string_view>

#include "base/rate_limit.h"

namespace vitals::log {

namespace {

// One message, one write(2). POLLOUT on a pipe means that PIPE_BUF bytes fit, so a write of no more than that does not
// block. O_NONBLOCK is not set, because standard error is shared with the function.
class StandardErrorSink final : public spdlog::sinks::sink {
 public:
  void log(const spdlog::details::log_msg& message) override {
    fmt::memory_buffer line;
    fmt::format_to(fmt::appender(line), "lambda-vitals: {}: {}",
                   message.level == Level::err ? "error" : spdlog::level::to_string_view(message.level),
                   std::string_view{message.payload.data(), message.payload.size()});
    constexpr std::size_t longest = 1024;  // below PIPE_BUF; a longer message is truncated
    if (line.size() >= longest) line.resize(longest - 1);
    line.push_back('\n');
    pollfd ready{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0) {
      [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
    }
  }
  void flush() override {}
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}
};

Level threshold = Level::warn;

// A fault that repeats with every invocation must not fill the user's log (and bill). 20 messages at once are enough
// for a history of faults; one more every 10 s shows that the fault persists.
constexpr int fault_burst = 20;
constexpr std::chrono::seconds fault_refill{10};
// debug and trace report every event, on request: some thirty invocations a second are reported in full, permanently,
// and a burst of ten times that. Nobody reads more, as in a flood of telemetry.
constexpr int event_burst = 1000;
constexpr std::chrono::milliseconds event_refill{10};

}  // namespace

void set_level(Level level) {
  threshold = level;
}

spdlog::logger* admit(Level level) {
  if (level < threshold) return nullptr;
  static RateLimit faults{fault_burst, fault_refill};
  static RateLimit events{event_burst, event_refill};
  RateLimit& limit = level >= Level::info ? faults : events;
  if (!limit.admit(SystemClock{}.now().steady)) return nullptr;
  static spdlog::logger logger{"lambda-vitals", std::make_shared<StandardErrorSink>()};
  logger.set_level(threshold);
  if (const auto refused = limit.take_refused(); refused > 0) {
    logger.log(level, "{} messages were suppressed by the rate limit", refused);
  }
  return &logger;
}

}  // namespace vitals::log
