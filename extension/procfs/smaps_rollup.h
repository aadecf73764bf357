// /proc/PID/smaps_rollup (Linux 4.14 and later): the memory of one process, with each shared page divided among those
// that map it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace vitals::procfs {

// Bytes.
struct SmapsRollup {
  std::uint64_t Rss = 0;
  std::uint64_t Pss = 0;                       // each page divided by the number of processes that map it
  std::optional<std::uint64_t> Pss_Anon;       // of that, anonymous pages; Linux 5.3 and later
  std::optional<std::uint64_t> Private_Dirty;  // written to, and mapped by no other process
};

// Parses the content of /proc/PID/smaps_rollup. Error malformed: Rss or Pss is missing or is not a number of kB, or the
// content is truncated.
[[nodiscard]] Result<SmapsRollup> parse_smaps_rollup(std::string_view text);

}  // namespace vitals::procfs
