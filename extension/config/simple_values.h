// Settings that are one word, one number, or a list of plain names. Each parser takes a trimmed value that is not
// empty; an error's text lists what is allowed.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/settings.h"

namespace vitals::config {

enum class RecordSize { full, compact };

// true, false, yes, no, on, off, 1, 0, case-insensitive.
[[nodiscard]] Result<bool> parse_switch(std::string_view value);

// A decimal integer from `lowest` to `highest`.
[[nodiscard]] Result<std::int64_t> parse_integer(std::string_view value, std::int64_t lowest, std::int64_t highest);

// 1 to 255 characters of [0-9A-Za-z.\-_/#:], not starting with AWS/: CloudWatch's rule for a namespace.
[[nodiscard]] Result<std::string> parse_namespace(std::string_view value);

[[nodiscard]] Result<RecordSize> parse_record_size(std::string_view value);
// all, notable, 1/N with N from 2 to most_in_a_sample, or notable and 1/N in either order, with a comma between them.
[[nodiscard]] Result<LineChoice> parse_lines(std::string_view value);
inline constexpr std::int64_t most_in_a_sample = 1'000'000;
[[nodiscard]] Result<Emit> parse_emit(std::string_view value);
[[nodiscard]] Result<LogLevel> parse_log_level(std::string_view value);
[[nodiscard]] Result<bool> parse_telemetry(std::string_view value);  // auto or off

// auto: absent.
[[nodiscard]] Result<std::optional<std::chrono::milliseconds>> parse_sample_interval(std::string_view value);

// Whole seconds, 10 to 3600.
[[nodiscard]] Result<std::chrono::seconds> parse_interval(std::string_view value);

// Any port but 9001, which Lambda reserves.
[[nodiscard]] Result<std::uint16_t> parse_telemetry_port(std::string_view value);

// Valid interface names of Linux (1 to 15 bytes, no / and no space), without duplicates. auto: none.
[[nodiscard]] Result<std::vector<std::string>> parse_network_interfaces(std::string_view value);
// A sandbox has a handful; each is searched in every line of /proc/net/dev.
inline constexpr std::size_t most_network_interfaces = 16;

// AWS_LAMBDA_LOG_LEVEL as the level on a JSON line; INFO, Lambda's default, if Lambda does not know the value.
[[nodiscard]] std::string json_log_level(std::string_view value);

}  // namespace vitals::config
