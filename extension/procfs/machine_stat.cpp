#include "procfs/machine_stat.h"

#include "procfs/text.h"

namespace vitals::procfs {

Result<std::uint64_t> parse_steal(std::string_view text) {
  std::string_view rest = text;
  auto line = take_line(rest);
  if (!line || take_word(*line) != "cpu") return malformed("/proc/stat", text);
  // user, nice, system, idle, iowait, irq, softirq
  for (int i = 0; i < 7; ++i) (void)take_word(*line);
  const auto steal = parse_unsigned(take_word(*line), max_count);
  if (!steal) return malformed("/proc/stat", text);
  if (*steal == 0) return Error{ErrorCode::missing, "/proc/stat: no steal"};
  return *steal;
}

}  // namespace vitals::procfs
