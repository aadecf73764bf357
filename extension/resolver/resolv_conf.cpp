#include "resolver/resolv_conf.h"

#include <algorithm>
#include <charconv>

namespace vitals::resolver {

namespace {

constexpr int max_dots = 15;  // RES_MAXNDOTS of resolv.h

void read_option(std::string_view option, ResolvConf& conf) {
  constexpr std::string_view dots = "ndots:";
  if (!option.starts_with(dots)) return;
  option.remove_prefix(dots.size());
  int number = 0;
  const auto parsed = std::from_chars(option.data(), option.data() + option.size(), number);
  if (parsed.ec == std::errc{} && number >= 0) conf.dots = std::min(number, max_dots);
}

void add_domain(std::string_view domain, ResolvConf& conf) {
  while (domain.ends_with('.')) domain.remove_suffix(1);
  if (domain.empty() || !HostName::fits(domain) || conf.search_size == max_search_domains) return;
  conf.search[conf.search_size++] = HostName{domain};
}

}  // namespace

ResolvConf parse_resolv_conf(std::string_view text) {
  ResolvConf conf;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    const std::string_view keyword = take_word(line);
    const bool domains = keyword == "search" || keyword == "domain";
    if (domains) conf.search_size = 0;  // the last line replaces earlier ones
    for (auto word = take_word(line); !word.empty(); word = take_word(line)) {
      if (word.front() == '#' || word.front() == ';') break;
      if (domains) add_domain(word, conf);
      if (keyword == "options") read_option(word, conf);
      if (keyword != "nameserver" || conf.servers.size() == max_name_servers) continue;
      if (const auto address = parse_address(word)) conf.servers.add(*address);
    }
  }
  if (conf.servers.empty()) conf.servers.add(boost::asio::ip::address_v4::loopback());
  return conf;
}

std::size_t candidate_count(const ResolvConf& conf, std::string_view name) {
  return name.ends_with('.') ? 1 : conf.search_size + 1;
}

HostName candidate(const ResolvConf& conf, std::string_view name, std::size_t number) {
  const bool as_it_is_first = name.ends_with('.') || std::count(name.begin(), name.end(), '.') >= conf.dots;
  if (name.ends_with('.')) name.remove_suffix(1);
  HostName text{name};
  if (number == (as_it_is_first ? 0 : conf.search_size)) return text;
  const auto& domain = conf.search[as_it_is_first ? number - 1 : number];
  if (name.size() + 1 + domain.size() > max_host_name) return {};
  text.append(".");
  text.append(domain);
  return text;
}

}  // namespace vitals::resolver
