#include "procfs/smaps_rollup.h"

#include "procfs/key_value.h"
#include "procfs/text.h"

namespace vitals::procfs {

Result<SmapsRollup> parse_smaps_rollup(std::string_view text) {
  const auto rss = find_kilobytes(text, "Rss");
  const auto pss = find_kilobytes(text, "Pss");
  if (!rss || !pss || *pss > *rss || !text.ends_with('\n')) return malformed("/proc/PID/smaps_rollup", text);
  return SmapsRollup{.Rss = *rss,
                     .Pss = *pss,
                     .Pss_Anon = find_kilobytes(text, "Pss_Anon"),
                     .Private_Dirty = find_kilobytes(text, "Private_Dirty")};
}

}  // namespace vitals::procfs
