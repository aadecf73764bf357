#include "procfs/net_route.h"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include "procfs/text.h"

namespace vitals::procfs {

namespace {

// linux/route.h
constexpr std::uint32_t rtf_up = 0x0001;
constexpr std::uint32_t rtf_reject = 0x0200;

struct Route {
  std::string_view interface;
  std::uint32_t metric = 0;
};

// The better of the two: the route with the smaller metric, or the first one if they are equal.
void keep_better(std::optional<Route>& best, const std::optional<Route>& route) {
  if (route && (!best || route->metric < best->metric)) best = route;
}

template <std::size_t count>
std::array<std::string_view, count> words_of(std::string_view line) {
  std::array<std::string_view, count> words;
  for (auto& word : words) word = take_word(line);
  return words;
}

constexpr std::uint32_t any = std::numeric_limits<std::uint32_t>::max();

// Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT
std::optional<Route> default_route(std::string_view line) {
  const auto words = words_of<11>(line);
  const auto destination = parse_unsigned<std::uint32_t>(words[1], any, 16);
  const auto flags = parse_unsigned<std::uint32_t>(words[3], any, 16);
  const auto metric = parse_unsigned<std::uint32_t>(words[6], any);
  const auto mask = parse_unsigned<std::uint32_t>(words[7], any, 16);
  if (!destination || !flags || !metric || !mask || words[10].empty()) return std::nullopt;
  if (*destination != 0 || *mask != 0 || (*flags & rtf_up) == 0 || (*flags & rtf_reject) != 0) return std::nullopt;
  return Route{words[0], *metric};
}

// destination prefix-length source prefix-length next-hop metric reference-count use flags device
std::optional<Route> default_route6(std::string_view line) {
  const auto words = words_of<10>(line);
  const auto prefix = parse_unsigned<std::uint32_t>(words[1], 128, 16);
  const auto metric = parse_unsigned<std::uint32_t>(words[5], any, 16);
  const auto flags = parse_unsigned<std::uint32_t>(words[8], any, 16);
  if (words[0].size() != 32 || words[0].find_first_not_of('0') != std::string_view::npos) return std::nullopt;
  if (!prefix || *prefix != 0 || !metric || !flags || words[9].empty()) return std::nullopt;
  if ((*flags & rtf_up) == 0 || (*flags & rtf_reject) != 0) return std::nullopt;
  return Route{words[9], *metric};
}

}  // namespace

Result<std::string_view> parse_default_route(std::string_view text) {
  std::string_view rest = text;
  const auto heading = take_line(rest);
  if (!heading || !heading->starts_with("Iface")) return malformed("/proc/net/route", text);
  std::optional<Route> best;
  while (const auto line = take_line(rest)) keep_better(best, default_route(*line));
  if (!best) return Error{ErrorCode::missing, "/proc/net/route: no default route"};
  return best->interface;
}

Result<std::string_view> parse_default_route6(std::string_view text) {
  std::optional<Route> best;
  while (const auto line = take_line(text)) keep_better(best, default_route6(*line));
  if (!best) return Error{ErrorCode::missing, "/proc/net/ipv6_route: no default route"};
  return best->interface;
}

}  // namespace vitals::procfs
