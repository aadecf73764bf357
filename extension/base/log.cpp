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
// block; poll is asked rather than O_NONBLOCK set, because standard error is shared with the function.
class StandardErrorSink final : public spdlog::sinks::sink {
 public:
  void log(const spdlog::details::log_msg& message) override {
    fmt::memory_buffer line;
    fmt::format_to(fmt::appender(line), "lambda-vitals: {}: {}",
                   message.level == Level::err ? "error" : spdlog::level::to_string_view(message.level),
                   std::string_view{message.payload.data(), message.payload.size()});
    constexpr std::size_t longest = 1024;  // below PIPE_BUF; a longer message is cut
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

}  // namespace

void set_level(Level level) {
  threshold = level;
}

spdlog::logger* admit(Level level) {
  if (level < threshold) return nullptr;
  static RateLimit limit;
  if (level >= Level::info && !limit.admit(SystemClock{}.now().steady)) return nullptr;
  static spdlog::logger logger{"lambda-vitals", std::make_shared<StandardErrorSink>()};
  logger.set_level(threshold);
  if (const auto refused = level >= Level::info ? limit.take_refused() : 0; refused > 0) {
    logger.log(level, "{} messages were left out, as too much was said at once", refused);
  }
  return &logger;
}

}  // namespace vitals::log
