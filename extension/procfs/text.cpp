#include "procfs/text.h"

#include <string>

namespace vitals::procfs {

namespace {

constexpr std::string_view blanks = " \t";

}  // namespace

std::optional<std::string_view> take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

std::string_view take_word(std::string_view& rest) {
  const std::size_t start = rest.find_first_not_of(blanks);
  if (start == std::string_view::npos) {
    rest = {};
    return {};
  }
  rest.remove_prefix(start);
  const std::string_view word = rest.substr(0, rest.find_first_of(blanks));
  rest.remove_prefix(word.size());
  return word;
}

std::string_view trim(std::string_view text) {
  const std::size_t start = text.find_first_not_of(blanks);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(blanks) - start + 1);
}

Error malformed(const char* file, std::string_view text) {
  constexpr std::size_t longest_quote = 60;
  std::string message = file;
  message += ": cannot be understood: \"";
  for (const char character : text.substr(0, longest_quote)) {
    const bool printable = character >= ' ' && character <= '~' && character != '"';
    message += printable ? character : '?';
  }
  message += text.size() > longest_quote ? "…\"" : "\"";
  return {ErrorCode::malformed, std::move(message)};
}

}  // namespace vitals::procfs
