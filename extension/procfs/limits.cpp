#include "procfs/limits.h"

#include "procfs/text.h"

namespace vitals::procfs {

Result<Limits> parse_limits(std::string_view text) {
  constexpr std::string_view name = "Max open files ";
  std::string_view rest = text;
  while (const auto line = take_line(rest)) {
    if (!line->starts_with(name)) continue;
    std::string_view values = line->substr(name.size());
    const std::string_view soft = take_word(values);
    if (soft == "unlimited") return Limits{};
    if (const auto number = parse_unsigned(soft, max_count)) return Limits{.max_open_files = number};
    return malformed("/proc/PID/limits", *line);
  }
  return malformed("/proc/PID/limits", text);
}

Result<std::uint64_t> parse_nr_open(std::string_view text) {
  std::string_view rest = text;
  const auto line = take_line(rest);
  const auto number = line ? parse_unsigned(*line, max_count) : std::nullopt;
  if (!number) return malformed("/proc/sys/fs/nr_open", text);
  return *number;
}

}  // namespace vitals::procfs
