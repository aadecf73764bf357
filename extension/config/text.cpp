#include "config/text.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace vitals::config {

namespace {

constexpr std::string_view white_space = " \t\r\n";

// Enough to recognize a value. A message must stay below the 1,024 bytes that base/log.cpp writes.
constexpr std::size_t longest_shown = 64;

// Longer than any of our names by more than a typo: not compared.
constexpr std::size_t longest_compared = 48;

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// How many letters must be inserted, removed or replaced to make `a` from `b`; both at most longest_compared long.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::array<std::size_t, longest_compared + 1> row{};
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view take_item(std::string_view& rest, char separator) {
  const std::string_view item = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(item.size() + 1, rest.size()));
  return trimmed(item);
}

std::optional<std::string_view> next_item(std::string_view& rest, char separator) {
  while (!rest.empty()) {
    if (const std::string_view item = take_item(rest, separator); !item.empty()) return item;
  }
  return std::nullopt;
}

std::string shown(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, longest_shown)) out += c >= 0x20 && c <= 0x7E ? c : '?';
  out += text.size() > longest_shown ? "...\"" : "\"";
  return out;
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> names) {
  if (word.size() > longest_compared) return {};
  // One or two typos in a long word; a short word is similar to many.
  std::size_t limit = std::min<std::size_t>(3, word.size() / 2) + 1;
  std::string_view best;
  for (const std::string_view name : names) {
    if (name.size() > longest_compared) continue;
    if (const std::size_t distance = edit_distance(word, name); distance < limit) {
      limit = distance;
      best = name;
    }
  }
  return best;
}

}  // namespace vitals::config
