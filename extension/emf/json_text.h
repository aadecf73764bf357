// Strings as the inside of a JSON string, whatever bytes they hold.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vitals::emf {

// The longest encoding of one byte: \u0000.
inline constexpr std::size_t longest_escape = 6;

// Writes `text` at `out`, escaped, without quotes, and returns the end. Each byte that is not UTF-8 becomes U+FFFD. At
// most `limit` bytes are written: a longer text is truncated before the first character or escape that does not fit.
char* write_json_text(char* out, std::string_view text, std::size_t limit);

// The same, without a limit, at the end of `out`.
void append_json_text(std::string& out, std::string_view text);

// Whether CloudWatch accepts `text` as a dimension value: 1 to 1,024 characters of printable ASCII, not only spaces.
[[nodiscard]] bool is_dimension_value(std::string_view text);

// The number of bytes of the UTF-8 character at the start of `text`; 0 if there is none.
[[nodiscard]] std::size_t utf8_character(std::string_view text);

}  // namespace vitals::emf
