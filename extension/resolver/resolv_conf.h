// /etc/resolv.conf, as resolv.conf(5) describes it: name servers and search domains.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "resolver/addresses.h"
#include "resolver/words.h"

namespace vitals::resolver {

// As in the C library (MAXNS, MAXDNSRCH of resolv.h).
inline constexpr std::size_t max_name_servers = 3;
inline constexpr std::size_t max_search_domains = 6;

struct ResolvConf {
  Addresses servers;  // at least one: this machine, if none is named
  std::array<HostName, max_search_domains> search;
  std::size_t search_size = 0;
  int dots = 1;  // "options ndots": a name with fewer dots is first tried under the search domains
};

// Unknown and invalid lines are skipped.
[[nodiscard]] ResolvConf parse_resolv_conf(std::string_view text);

// The number of names to query, in this order, and each of them: the name itself, and the name under each search
// domain. One that is too long is empty. A name that ends in a dot is queried as it is.
[[nodiscard]] std::size_t candidate_count(const ResolvConf& conf, std::string_view name);
[[nodiscard]] HostName candidate(const ResolvConf& conf, std::string_view name, std::size_t number);

}  // namespace vitals::resolver
