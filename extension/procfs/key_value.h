// Lines of the form "Name: number unit", as in several files of /proc.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vitals::procfs {

// The text after "`name`:" at the start of a complete line, trimmed. Nothing if there is no such line.
[[nodiscard]] std::optional<std::string_view> find_value(std::string_view text, std::string_view name);

// The same as a whole number (bytes, counts). Nothing if it is not one.
[[nodiscard]] std::optional<std::uint64_t> find_number(std::string_view text, std::string_view name);

// The same for a number of kB (2^10 bytes), in bytes.
[[nodiscard]] std::optional<std::uint64_t> find_kilobytes(std::string_view text, std::string_view name);

}  // namespace vitals::procfs
