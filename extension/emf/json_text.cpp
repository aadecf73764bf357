#include "emf/json_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace vitals::emf {

namespace {

constexpr std::string_view replacement_character = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::size_t longest_dimension_value = 1024;

constexpr bool is_printable_ascii(char c) {
  return c >= 0x20 && c <= 0x7E;
}

// For every byte: whether it is the same in a JSON string. Quotes, control characters and all bytes beyond ASCII need
// processing.
constexpr std::array<bool, 256> plain = [] {
  std::array<bool, 256> table{};
  for (std::size_t byte = 0x20; byte < 0x80; ++byte) table[byte] = byte != '"' && byte != '\\';
  return table;
}();

bool is_plain(char c) {
  return plain[static_cast<unsigned char>(c)];
}

// The escape of a character below 0x80 that is not plain.
std::string_view escape(char c, std::array<char, longest_escape>& buffer) {
  switch (c) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      break;
  }
  constexpr std::string_view hex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  buffer = {'\\', 'u', '0', '0', hex[byte >> 4U], hex[byte & 0x0FU]};
  return {buffer.data(), buffer.size()};
}

}  // namespace

std::size_t utf8_character(std::string_view text) {
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  const auto continues = [&](std::size_t at, unsigned low = 0x80, unsigned high = 0xBF) {
    return byte(at) >= low && byte(at) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return text.empty() ? 0 : 1;
  if (first < 0xC2) return 0;  // a continuation byte, or an overlong encoding
  if (first < 0xE0) return continues(1) ? 2 : 0;
  if (first < 0xF0) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;   // overlong
    const unsigned high = first == 0xED ? 0x9F : 0xBF;  // half of a surrogate pair
    return continues(1, low, high) && continues(2) ? 3 : 0;
  }
  if (first > 0xF4) return 0;
  const unsigned low = first == 0xF0 ? 0x90 : 0x80;   // overlong
  const unsigned high = first == 0xF4 ? 0x8F : 0xBF;  // beyond U+10FFFF
  return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
}

char* write_json_text(char* out, std::string_view text, std::size_t limit) {
  char* const end = out + limit;
  while (!text.empty()) {
    // Nearly every string is plain from start to end: one run, one copy.
    const auto run = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
    const std::size_t fitting = std::min(run, static_cast<std::size_t>(end - out));
    std::memcpy(out, text.data(), fitting);
    out += fitting;
    text.remove_prefix(run);
    if (text.empty()) return out;

    std::array<char, longest_escape> buffer;
    const std::size_t character = utf8_character(text);
    const std::string_view written = character == 0   ? replacement_character
                                     : character == 1 ? escape(text.front(), buffer)
                                                      : text.substr(0, character);
    if (written.size() > static_cast<std::size_t>(end - out)) return out;
    std::memcpy(out, written.data(), written.size());
    out += written.size();
    text.remove_prefix(std::max<std::size_t>(character, 1));
  }
  return out;
}

void append_json_text(std::string& out, std::string_view text) {
  const std::size_t before = out.size();
  out.resize(before + text.size() * longest_escape);
  char* const start = out.data() + before;
  const char* const end = write_json_text(start, text, text.size() * longest_escape);
  out.resize(before + static_cast<std::size_t>(end - start));
}

bool is_dimension_value(std::string_view text) {
  return text.size() <= longest_dimension_value && std::all_of(text.begin(), text.end(), is_printable_ascii) &&
         std::any_of(text.begin(), text.end(), [](char c) { return c != ' '; });
}

}  // namespace vitals::emf
