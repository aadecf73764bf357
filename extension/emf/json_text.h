// Texts as the inside of a JSON string, whatever bytes they hold.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vitals::emf {

// What one byte of a text can at most become: \u0000.
inline constexpr std::size_t longest_escape = 6;

// Writes `text` at `out`, escaped, without quotes, and returns the end. Bytes that are not UTF-8 become U+FFFD, each
// its own. At most `limit` bytes are written: a longer text is cut before the first character or escape that does not
// fit.
char* write_json_text(char* out, std::string_view text, std::size_t limit);

// The same, whole, at the end of `out`.
void append_json_text(std::string& out, std::string_view text);

// Whether CloudWatch takes `text` as the value of a dimension: 1 to 1,024 characters of printable ASCII, not all blank.
[[nodiscard]] bool is_dimension_value(std::string_view text);

// The number of bytes of the UTF-8 character that `text` starts with; 0 when it does not start with one.
[[nodiscard]] std::size_t utf8_character(std::string_view text);

}  // namespace vitals::emf
