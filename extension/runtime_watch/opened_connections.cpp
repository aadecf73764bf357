#include "runtime_watch/opened_connections.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/file_descriptor.h"

namespace vitals::runtime {

namespace {

constexpr std::size_t longest_file = 8192;  // 2 KB on Linux 6.18

// Removes and returns the first word of `line`.
std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

// The rest of the first line after `from` that starts with `name`; moves `from` after that line.
std::optional<std::string_view> find_line(std::string_view text, std::string_view name, std::size_t& from) {
  while (from < text.size()) {
    const auto end = text.find('\n', from);
    if (end == std::string_view::npos) return std::nullopt;
    const auto line = text.substr(from, end - from);
    from = end + 1;
    if (line.substr(0, name.size()) == name) return line.substr(name.size());
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> parse_opened_connections(std::string_view text) {
  std::size_t at = 0;
  auto names = find_line(text, "Tcp:", at);
  auto values = find_line(text, "Tcp:", at);
  if (!names || !values) return std::nullopt;
  for (auto name = take_word(*names); !name.empty(); name = take_word(*names)) {
    const auto value = take_word(*values);
    if (name != "ActiveOpens") continue;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool whole = error == std::errc{} && end == value.data() + value.size();
    return whole ? std::optional{number} : std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> read_opened_connections(const std::string& proc_root) {
  std::array<char, longest_file> buffer;
  const auto file = open_for_reading(AT_FDCWD, (proc_root + "/self/net/snmp").c_str());
  if (!file) return std::nullopt;
  const auto text = read_from_start(file->get(), buffer);
  return text ? parse_opened_connections(*text) : std::nullopt;
}

}  // namespace vitals::runtime
