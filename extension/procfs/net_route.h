// /proc/net/route and /proc/net/ipv6_route: which interface carries the default route.
#pragma once

#include <string_view>

#include "base/result.h"

namespace vitals::procfs {

// The interface of the default route in the content of /proc/net/route (IPv4): destination and mask 00000000, flag
// RTF_UP, and of several routes the one with the smallest metric. The view points into `text`.
// Error missing: there is none; malformed: the heading is missing.
[[nodiscard]] Result<std::string_view> parse_default_route(std::string_view text);

// The same for /proc/net/ipv6_route: destination ::/0, RTF_UP and not RTF_REJECT (every host has an unreachable default
// route on lo). The file has no heading and does not exist without IPv6.
[[nodiscard]] Result<std::string_view> parse_default_route6(std::string_view text);

}  // namespace vitals::procfs
