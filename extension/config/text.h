// What every parser of a setting needs of texts: ASCII alone, no locale.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vitals::config {

// Without the blanks, tabs and line ends around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);

[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

// Takes the next item off a list: up to `separator`, which is taken off too. The item is trimmed and may be empty.
[[nodiscard]] std::string_view take_item(std::string_view& rest, char separator);

// The same, without the empty items; nothing at the end of the list.
[[nodiscard]] std::optional<std::string_view> next_item(std::string_view& rest, char separator);

// `text` in quotes for a message: other than printable ASCII shown as ?, cut when it is long.
[[nodiscard]] std::string shown(std::string_view text);

// That of `names` which `word` was probably meant to be, or an empty text. Letter case does not count.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> names);

}  // namespace vitals::config
