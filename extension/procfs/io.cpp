#include "procfs/io.h"

#include "procfs/key_value.h"
#include "procfs/text.h"

namespace vitals::procfs {

Result<Io> parse_io(std::string_view text) {
  const auto read = find_number(text, "read_bytes");
  const auto written = find_number(text, "write_bytes");
  if (!read || !written) return malformed("/proc/PID/io", text);
  return Io{.read_bytes = *read, .write_bytes = *written};
}

}  // namespace vitals::procfs
