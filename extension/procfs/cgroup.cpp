#include "procfs/cgroup.h"

#include <cstdint>

#include "procfs/text.h"

namespace vitals::procfs {

namespace {

bool names(std::string_view controllers, std::string_view wanted) {
  while (!controllers.empty()) {
    const auto comma = controllers.find(',');
    if (controllers.substr(0, comma) == wanted) return true;
    controllers.remove_prefix(comma == std::string_view::npos ? controllers.size() : comma + 1);
  }
  return false;
}

std::optional<double> in_cpus(std::string_view quota, std::string_view period) {
  const auto quota_us = parse_unsigned(quota, max_count);
  const auto period_us = parse_unsigned(period, max_count);
  if (!quota_us || !period_us || *quota_us == 0 || *period_us == 0) return std::nullopt;
  return static_cast<double>(*quota_us) / static_cast<double>(*period_us);
}

}  // namespace

CgroupPaths parse_cgroup(std::string_view text) {
  CgroupPaths paths;
  while (const auto line = take_line(text)) {
    const auto first = line->find(':');
    const auto second = first == std::string_view::npos ? first : line->find(':', first + 1);
    if (second == std::string_view::npos || line->substr(second + 1, 1) != "/") continue;
    const std::string_view controllers = line->substr(first + 1, second - first - 1);
    const std::string_view path = line->substr(second + 1);
    if (line->substr(0, first) == "0" && controllers.empty()) paths.unified = path;
    if (names(controllers, "cpu")) paths.cpu = path;
    if (names(controllers, "memory")) paths.memory = path;
  }
  return paths;
}

std::optional<double> parse_cpu_max(std::string_view text) {
  const auto line = take_line(text);
  if (!line) return std::nullopt;
  std::string_view words = *line;
  const std::string_view quota = take_word(words);
  const std::string_view period = take_word(words);
  return words.empty() ? in_cpus(quota, period) : std::nullopt;
}

std::optional<double> parse_cfs_quota(std::string_view quota, std::string_view period) {
  const auto quota_line = take_line(quota);
  const auto period_line = take_line(period);
  return quota_line && period_line ? in_cpus(*quota_line, *period_line) : std::nullopt;
}

}  // namespace vitals::procfs
