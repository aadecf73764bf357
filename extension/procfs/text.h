// Parsing the kernel's files, and describing what is wrong with one. All parsers of this folder are pure. A number
// counts only with all of its digits and within its range. A line or a word counts only with the delimiter after it,
// because truncated input would otherwise give a wrong number.
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

// `text` as a number to the base of 10 or `base`. Nothing if it is empty, has anything but digits, or the number is
// beyond `limit`.
template <std::unsigned_integral Number = std::uint64_t>
[[nodiscard]] std::optional<Number> parse_unsigned(std::string_view text, Number limit, int base = 10) {
  // Almost all are so short that 64 bits hold them in any case: half the instructions of from_chars.
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

// Counters of bytes, pages or ticks beyond this are invalid: 2^64-1 is a negative one, and sums and products of valid
// ones must fit 64 bits.
inline constexpr std::uint64_t max_count = (std::uint64_t{1} << 53U) - 1;

// Removes and returns the next line of `rest`, without its newline. Nothing if there is no complete line left.
[[nodiscard]] std::optional<std::string_view> take_line(std::string_view& rest);

// Removes and returns the next word of `rest`: leading spaces and tabs are skipped, and it ends at a space, a tab or
// the end. Empty if there is none.
[[nodiscard]] std::string_view take_word(std::string_view& rest);

// `text` without leading and trailing spaces and tabs.
[[nodiscard]] std::string_view trim(std::string_view text);

// Error malformed: the file's name and the start of `text`.
[[nodiscard]] Error malformed(const char* file, std::string_view text);

// Logs, at debug, why a file's content is not used.
void log_dropped(const Error& error);

// Reads an open file, which the kernel writes in one piece, from its start into `buffer` and parses it. Views in the
// result point into `buffer`. Errors: io (ESRCH in the text: the process exited), and those of `parse`.
template <class Parser>
[[nodiscard]] auto read_and_parse(int fd, std::span<char> buffer, Parser parse) -> decltype(parse(std::string_view{})) {
  const auto text = read_at_once(fd, buffer);
  if (!text) return text.error();
  auto result = parse(*text);
  if (!result) log_dropped(result.error());
  return result;
}

}  // namespace vitals::procfs
