#include "procfs/key_value.h"

#include "procfs/text.h"

namespace vitals::procfs {

std::optional<std::string_view> find_value(std::string_view text, std::string_view name) {
  while (const auto line = take_line(text)) {
    if (line->size() > name.size() && line->starts_with(name) && (*line)[name.size()] == ':') {
      return trim(line->substr(name.size() + 1));
    }
  }
  return std::nullopt;
}

std::optional<std::uint64_t> find_number(std::string_view text, std::string_view name) {
  const auto value = find_value(text, name);
  return value ? parse_unsigned(*value, max_count) : std::nullopt;
}

std::optional<std::uint64_t> find_kilobytes(std::string_view text, std::string_view name) {
  auto value = find_value(text, name);
  if (!value) return std::nullopt;
  const std::string_view digits = take_word(*value);
  if (trim(*value) != "kB") return std::nullopt;
  const auto kilobytes = parse_unsigned(digits, max_count >> 10U);
  return kilobytes ? std::optional{*kilobytes << 10U} : std::nullopt;
}

}  // namespace vitals::procfs
