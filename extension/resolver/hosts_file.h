// /etc/hosts, as hosts(5) describes it: an address and its names on each line.
#pragma once

#include <string_view>

#include "resolver/addresses.h"

namespace vitals::resolver {

// The addresses of `name`, in the order of the file. A line without a valid address is skipped.
[[nodiscard]] Addresses addresses_in_hosts(std::string_view text, std::string_view name);

}  // namespace vitals::resolver
