#include "procfs/statm.h"

#include <array>

#include "procfs/text.h"

namespace vitals::procfs {

Result<Statm> parse_statm(std::string_view text) {
  std::string_view rest = text;
  const auto line = take_line(rest);
  if (!line) return malformed("/proc/PID/statm", text);
  std::string_view words = *line;
  std::array<std::uint64_t, 7> pages{};
  for (auto& page_count : pages) {
    const auto value = parse_unsigned(take_word(words), max_count >> 12U);
    if (!value) return malformed("/proc/PID/statm", text);
    page_count = *value;
  }
  return Statm{.size = pages[0], .resident = pages[1], .shared = pages[2]};
}

}  // namespace vitals::procfs
