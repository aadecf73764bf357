#include "procfs/schedstat.h"

#include <cstdint>

#include "procfs/text.h"

namespace vitals::procfs {

Result<Schedstat> parse_schedstat(std::string_view text) {
  std::string_view rest = text;
  const auto line = take_line(rest);
  if (!line) return malformed("schedstat", text);
  std::string_view words = *line;
  const auto ran = parse_unsigned<std::uint64_t>(take_word(words), max_count);
  const auto waited = parse_unsigned<std::uint64_t>(take_word(words), max_count);
  const auto slices = parse_unsigned<std::uint64_t>(take_word(words), max_count);
  if (!ran || !waited || !slices || !words.empty()) return malformed("schedstat", text);
  return Schedstat{std::chrono::nanoseconds{*ran}, std::chrono::nanoseconds{*waited}};
}

}  // namespace vitals::procfs
