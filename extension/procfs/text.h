// Taking the kernel's texts apart, and saying what was wrong with one. What every parser of this folder has in common:
// it is pure, a number counts only with all of its digits and within its range, and a line or a word counts only with
// the delimiter behind it, because a text that was cut short would otherwise give a wrong number.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace vitals::procfs {

// The number that all of `text` is, to the base of 10 or `base`; nothing for an empty text, a sign, a blank or a number
// beyond `limit`.
template <std::unsigned_integral Number = std::uint64_t>
[[nodiscard]] std::optional<Number> parse_unsigned(std::string_view text, Number limit, int base = 10) {
  // Almost all are so short that 64 bits hold them whatever their digits are: half the instructions of from_chars.
  constexpr std::size_t always_fits = 19;
  if (base == 10 && !text.empty() && text.size() <= always_fits) {
    std::uint64_t number = 0;
    for (const char character : text) {
      const auto digit = static_cast<std::uint64_t>(character) - '0';
      if (digit > 9) return std::nullopt;
      number = number * 10 + digit;
    }
    return number <= limit ? std::optional{static_cast<Number>(number)} : std::nullopt;
  }
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc{} || rest != end || number > limit) return std::nullopt;
  return number;
}

// Counters in units of bytes, pages or ticks beyond this are no measurement: 2^64-1 is what a negative one looks like,
// and a sum or a product of what is left fits 64 bits.
inline constexpr std::uint64_t max_count = (std::uint64_t{1} << 53U) - 1;

// Cuts the next line off `rest`, without its newline. Nothing when there is no complete line any more.
[[nodiscard]] std::optional<std::string_view> take_line(std::string_view& rest);

// Cuts the next word off `rest`: leading blanks and tabs are skipped, and it ends at a blank, a tab or the end. Empty
// when there is none.
[[nodiscard]] std::string_view take_word(std::string_view& rest);

// `text` without leading and trailing blanks and tabs.
[[nodiscard]] std::string_view trim(std::string_view text);

// Error malformed: the file's name and the start of the text at fault.
[[nodiscard]] Error malformed(const char* file, std::string_view text);

// Logs, at debug, why a file's content is not used.
void log_dropped(const Error& error);

// Reads an open file, one that the kernel makes in one piece, from its start into `buffer` and parses it. Views in what
// `parse` returns point into `buffer`. Errors: io (ESRCH in the text: the process exited), and those of `parse`.
template <class Parser>
[[nodiscard]] auto read_and_parse(int fd, std::span<char> buffer, Parser parse) -> decltype(parse(std::string_view{})) {
  const auto text = read_at_once(fd, buffer);
  if (!text) return text.error();
  auto result = parse(*text);
  if (!result) log_dropped(result.error());
  return result;
}

}  // namespace vitals::procfs
