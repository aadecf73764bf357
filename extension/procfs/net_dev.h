// /proc/net/dev: the counters of the network interfaces of this process's network namespace.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vitals::procfs {

// One line of /proc/net/dev.
struct NetDevice {
  std::string_view name;       // points into the parsed text
  std::uint64_t rx_bytes = 0;  // column 1 after the colon: bytes received since the interface came up
  std::uint64_t tx_bytes = 0;  // column 9: bytes sent
};

// Parses the content of /proc/net/dev into `devices`, whose memory is reused. There may be no space after the colon. A
// malformed or truncated line is left out: its interface is absent. Error malformed: the two lines of the heading are
// missing.
[[nodiscard]] Result<void> parse_net_dev(std::string_view text, std::vector<NetDevice>& devices);

}  // namespace vitals::procfs
