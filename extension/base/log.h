// Diagnostics: the extension's log on standard error. Messages are few, rate-limited, and never block: a message that
// standard error cannot take at once is lost, and so is one without memory. The logger is created by the first message
// that passes.
#pragma once

#include <spdlog/logger.h>

#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace vitals::log {

using Level = spdlog::level::level_enum;

// Messages below `level` are dropped. The default is Level::warn.
void set_level(Level level);

// The logger for a message of this level, or null when the level is off or its rate limit is reached. Faults (info and
// above) and events (debug and trace) have separate limits. Suppressed messages are counted, and the next message
// reports their number.
[[nodiscard]] spdlog::logger* admit(Level level);

// Whole numbers and strings. Fractions are not linked in (CMakeLists.txt). fmt 9 also formats types that convert to a
// string, fmt 10 does not: this rejects them with both.
template <class Argument>
inline constexpr bool can_be_said =
    std::is_integral_v<Argument> || std::is_same_v<Argument, std::string> ||
    std::is_same_v<Argument, std::string_view> || std::is_same_v<std::decay_t<Argument>, const char*>;

template <class... Arguments>
void write(Level level, fmt::format_string<Arguments...> format, Arguments&&... arguments) noexcept {
  static_assert((can_be_said<std::remove_cvref_t<Arguments>> && ...));
  try {
    if (spdlog::logger* logger = admit(level)) logger->log(level, format, std::forward<Arguments>(arguments)...);
  } catch (const std::exception&) {
    return;
  }
}
template <class... Arguments>
void error(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write(Level::err, format, std::forward<Arguments>(arguments)...);
}
template <class... Arguments>
void warn(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write(Level::warn, format, std::forward<Arguments>(arguments)...);
}
template <class... Arguments>
void info(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write(Level::info, format, std::forward<Arguments>(arguments)...);
}
template <class... Arguments>
void trace(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write(Level::trace, format, std::forward<Arguments>(arguments)...);
}
template <class... Arguments>
void debug(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write(Level::debug, format, std::forward<Arguments>(arguments)...);
}

}  // namespace vitals::log
