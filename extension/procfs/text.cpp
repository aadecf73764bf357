#include "procfs/text.h"

#include <string>

#include "base/log.h"

namespace vitals::procfs {

namespace {

// Plain loops: string_view's find_first_of calls memchr for every character, a quarter of an invocation's instructions.
bool blank(char character) {
  return character == ' ' || character == '\t';
}

void skip_blanks(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && blank(text[count])) ++count;
  text.remove_prefix(count);
}

}  // namespace

std::optional<std::string_view> take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

std::string_view take_word(std::string_view& rest) {
  skip_blanks(rest);
  std::size_t size = 0;
  while (size < rest.size() && !blank(rest[size])) ++size;
  const std::string_view word = rest.substr(0, size);
  rest.remove_prefix(size);
  return word;
}

std::string_view trim(std::string_view text) {
  skip_blanks(text);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

Error malformed(const char* file, std::string_view text) {
  constexpr std::size_t longest_quote = 60;
  std::string message = file;
  message += ": malformed: \"";
  for (const char character : text.substr(0, longest_quote)) {
    const bool printable = character >= ' ' && character <= '~' && character != '"';
    message += printable ? character : '?';
  }
  message += text.size() > longest_quote ? "…\"" : "\"";
  return {ErrorCode::malformed, std::move(message)};
}

void log_dropped(const Error& error) {
  log::debug("{}; the value is absent", error.text);
}

}  // namespace vitals::procfs
