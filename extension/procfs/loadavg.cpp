#include "procfs/loadavg.h"

#include <cstdint>
#include <limits>

#include "procfs/text.h"

namespace vitals::procfs {

Result<pid_t> parse_last_pid(std::string_view text) {
  std::string_view rest = text;
  const auto line = take_line(rest);
  if (!line) return malformed("/proc/loadavg", text);
  std::string_view words = *line;
  for (int i = 0; i < 4; ++i) (void)take_word(words);
  const auto pid = parse_unsigned<std::uint32_t>(take_word(words), std::numeric_limits<pid_t>::max());
  if (!pid || !words.empty()) return malformed("/proc/loadavg", text);
  return static_cast<pid_t>(*pid);
}

}  // namespace vitals::procfs
