#include "config/simple_values.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "config/text.h"

namespace vitals::config {

namespace {

constexpr std::size_t longest_namespace = 255;
constexpr std::size_t longest_interface_name = 15;  // IFNAMSIZ without its null
constexpr std::int64_t port_of_the_runtime_api = 9001;

template <class T>
using Choice = std::pair<std::string_view, T>;

template <class T, std::size_t n>
Result<T> parse_choice(std::string_view value, const Choice<T> (&choices)[n], const char* problem) {
  for (const auto& [word, meaning] : choices) {
    if (equal_ignoring_case(value, word)) return meaning;
  }
  return Error{ErrorCode::malformed, problem};
}

bool is_namespace_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view{".-_/#:"}.find(c) != std::string_view::npos;
}

bool is_interface_name(std::string_view name) {
  return name.size() <= longest_interface_name &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~' && c != '/'; });
}

}  // namespace

Result<bool> parse_switch(std::string_view value) {
  static constexpr Choice<bool> choices[] = {{"true", true}, {"false", false}, {"1", true},  {"0", false},
                                             {"yes", true},  {"no", false},    {"on", true}, {"off", false}};
  return parse_choice(value, choices, "must be true or false");
}

Result<std::int64_t> parse_integer(std::string_view value, std::int64_t lowest, std::int64_t highest) {
  std::int64_t number = 0;
  const char* const end = value.data() + value.size();
  const auto [rest, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc{} || rest != end || number < lowest || number > highest) {
    return Error{ErrorCode::out_of_range,
                 "must be a whole number from " + std::to_string(lowest) + " to " + std::to_string(highest)};
  }
  return number;
}

Result<std::string> parse_namespace(std::string_view value) {
  if (value.size() > longest_namespace || value.starts_with("AWS/") ||
      !std::all_of(value.begin(), value.end(), is_namespace_character)) {
    return Error{ErrorCode::malformed, "must be 1 to 255 letters, digits and .-_/#: and not start with AWS/"};
  }
  return std::string{value};
}

Result<RecordSize> parse_record_size(std::string_view value) {
  static constexpr Choice<RecordSize> choices[] = {{"full", RecordSize::full}, {"compact", RecordSize::compact}};
  return parse_choice(value, choices, "must be full or compact");
}

Result<LineChoice> parse_lines(std::string_view value) {
  if (equal_ignoring_case(value, "all")) return LineChoice{};
  constexpr std::string_view sample = "1/";
  LineChoice choice;
  while (const auto item = next_item(value, ',')) {
    if (equal_ignoring_case(*item, "notable") && !choice.notable) {
      choice.notable = true;
    } else if (const auto number =
                   parse_integer(item->substr(std::min(sample.size(), item->size())), 2, most_in_a_sample);
               item->starts_with(sample) && number && choice.one_in == 0) {
      choice.one_in = *number;
    } else {
      choice = {};
      break;
    }
  }
  if (choice.all()) {
    return Error{ErrorCode::malformed,
                 "must be all, notable, 1/N or notable,1/N, with N from 2 to " + std::to_string(most_in_a_sample)};
  }
  return choice;
}

Result<Emit> parse_emit(std::string_view value) {
  static constexpr Choice<Emit> choices[] = {{"async", Emit::async}, {"sync", Emit::sync}};
  return parse_choice(value, choices, "must be async or sync");
}

Result<LogLevel> parse_log_level(std::string_view value) {
  static constexpr Choice<LogLevel> choices[] = {{"trace", LogLevel::trace}, {"debug", LogLevel::debug},
                                                 {"info", LogLevel::info},   {"warn", LogLevel::warn},
                                                 {"error", LogLevel::error}, {"off", LogLevel::off}};
  return parse_choice(value, choices, "must be trace, debug, info, warn, error or off");
}

Result<bool> parse_telemetry(std::string_view value) {
  static constexpr Choice<bool> choices[] = {{"auto", true}, {"off", false}};
  return parse_choice(value, choices, "must be auto or off");
}

Result<std::optional<std::chrono::milliseconds>> parse_sample_interval(std::string_view value) {
  if (equal_ignoring_case(value, "auto")) return std::optional<std::chrono::milliseconds>{};
  const auto number = parse_integer(value, 1, 10000);
  if (!number) return Error{number.error().code, "must be auto or a whole number from 1 to 10000"};
  return std::optional{std::chrono::milliseconds{*number}};
}

Result<std::chrono::seconds> parse_interval(std::string_view value) {
  const auto number = parse_integer(value, 10, 3600);
  if (!number) return number.error();
  return std::chrono::seconds{*number};
}

Result<std::uint16_t> parse_telemetry_port(std::string_view value) {
  const auto number = parse_integer(value, 0, 65535);
  if (!number) return number.error();
  if (*number == port_of_the_runtime_api) return Error{ErrorCode::out_of_range, "is a port that Lambda reserves"};
  return static_cast<std::uint16_t>(*number);
}

Result<std::vector<std::string>> parse_network_interfaces(std::string_view value) {
  std::vector<std::string> names;
  if (equal_ignoring_case(value, "auto")) return names;
  const Error malformed{ErrorCode::malformed, "must be auto or a comma list of at most " +
                                                  std::to_string(most_network_interfaces) + " network interfaces"};
  while (const auto name = next_item(value, ',')) {
    if (!is_interface_name(*name)) return malformed;
    if (std::find(names.begin(), names.end(), *name) != names.end()) continue;
    if (names.size() == most_network_interfaces) return malformed;
    names.emplace_back(*name);
  }
  if (names.empty()) return malformed;
  return names;
}

std::string json_log_level(std::string_view value) {
  for (const std::string_view level : {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"}) {
    if (equal_ignoring_case(value, level)) return std::string{level};
  }
  return "INFO";
}

}  // namespace vitals::config
