#include "procfs/oom_kills.h"

#include "procfs/text.h"

namespace vitals::procfs {

Result<std::uint64_t> parse_oom_kills(std::string_view text) {
  while (auto line = take_line(text)) {
    const auto whole = *line;
    if (take_word(*line) != "oom_kill") continue;
    const auto count = parse_unsigned(trim(*line), max_count);
    if (!count) return malformed("oom_kill", whole);
    return *count;
  }
  return Error{ErrorCode::missing, "no oom_kill"};
}

}  // namespace vitals::procfs
