// The lines and words of the files that hosts(5) and resolv.conf(5) describe, and host names.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/text.h"

namespace vitals::resolver {

// A name in dotted form, without a final dot (RFC 1035, section 2.3.4).
inline constexpr std::size_t max_host_name = 253;
using HostName = Text<max_host_name>;

// Removes and returns the first line of `text`, without its newline.
inline std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return line;
}

// Removes and returns the first word of `line`; empty if there is none.
inline std::string_view take_word(std::string_view& line) {
  constexpr std::string_view space = " \t\r\v\f";
  const auto begin = line.find_first_not_of(space);
  if (begin == std::string_view::npos) return line = {};
  line.remove_prefix(begin);
  const std::string_view word = line.substr(0, line.find_first_of(space));
  line.remove_prefix(word.size());
  return word;
}

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Host names are compared case-insensitively in ASCII (RFC 4343).
inline bool same_name(std::string_view one, std::string_view other) {
  if (one.size() != other.size()) return false;
  for (std::size_t at = 0; at < one.size(); ++at) {
    if (lower(one[at]) != lower(other[at])) return false;
  }
  return true;
}

}  // namespace vitals::resolver
