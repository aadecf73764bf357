// String functions for the parsers of settings: only ASCII, no locale.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vitals::config {

// Without the spaces, tabs and line ends around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);

[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

// Removes and returns the next item of a list: up to `separator`, which is removed, too. The item is trimmed and may be
// empty.
[[nodiscard]] std::string_view take_item(std::string_view& rest, char separator);

// The same, without the empty items; nothing at the end of the list.
[[nodiscard]] std::optional<std::string_view> next_item(std::string_view& rest, char separator);

// `text` in quotes for a message: characters other than printable ASCII become ?, and a long text is truncated.
[[nodiscard]] std::string shown(std::string_view text);

// The one of `names` that `word` was probably meant to be, or an empty string. Case-insensitive.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> names);

}  // namespace vitals::config
