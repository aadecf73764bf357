#include "procfs/status.h"

#include "procfs/key_value.h"
#include "procfs/text.h"

namespace vitals::procfs {

Result<Status> parse_status(std::string_view text) {
  if (!text.starts_with("Name:") || !text.ends_with('\n')) return malformed("/proc/PID/status", text);
  const Status status{.VmHWM = find_kilobytes(text, "VmHWM"), .VmRSS = find_kilobytes(text, "VmRSS")};
  if (!status.VmHWM && find_value(text, "VmHWM")) return malformed("/proc/PID/status", *find_value(text, "VmHWM"));
  if (!status.VmRSS && find_value(text, "VmRSS")) return malformed("/proc/PID/status", *find_value(text, "VmRSS"));
  return status;
}

}  // namespace vitals::procfs
