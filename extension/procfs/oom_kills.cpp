#include "procfs/oom_kills.h"

#include <algorithm>
#include <optional>

#include "procfs/text.h"

namespace vitals::procfs {

namespace {

// Whether a list, separated by commas, has this word.
bool lists(std::string_view list, std::string_view wanted) {
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    if (list.substr(0, end) == wanted) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

}  // namespace

Result<std::uint64_t> parse_oom_kills(std::string_view text) {
  while (auto line = take_line(text)) {
    const auto whole = *line;
    if (take_word(*line) != "oom_kill") continue;
    const auto count = parse_unsigned(trim(*line), max_count);
    if (!count) return malformed("oom_kill", whole);
    return *count;
  }
  return Error{ErrorCode::missing, "no oom_kill"};
}

Result<MemoryCgroup> parse_memory_cgroup(std::string_view text) {
  std::optional<MemoryCgroup> unified;
  while (const auto line = take_line(text)) {
    const auto first = line->find(':');
    const auto second = first == std::string_view::npos ? first : line->find(':', first + 1);
    if (second == std::string_view::npos) return malformed("cgroup", *line);
    const auto controllers = line->substr(first + 1, second - first - 1);
    const auto path = line->substr(second + 1);
    if (lists(controllers, "memory")) return MemoryCgroup{true, path};
    if (controllers.empty()) unified = MemoryCgroup{false, path};
  }
  if (!unified) return Error{ErrorCode::missing, "no memory cgroup"};
  return *unified;
}

}  // namespace vitals::procfs
