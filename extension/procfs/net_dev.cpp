#include "procfs/net_dev.h"

#include <array>
#include <limits>
#include <optional>

#include "procfs/text.h"

namespace vitals::procfs {

namespace {

// "  eth0:123 4 0 0 0 0 0 0 5 6 0 0 0 0 0 0". The name ends at the last colon, since an alias is "eth0:1".
std::optional<NetDevice> parse_line(std::string_view line) {
  const std::size_t colon = line.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view name = trim(line.substr(0, colon));
  if (name.empty()) return std::nullopt;
  std::string_view columns = line.substr(colon + 1);
  std::array<std::uint64_t, 16> numbers{};
  for (auto& number : numbers) {
    const auto value = parse_unsigned(take_word(columns), std::numeric_limits<std::uint64_t>::max());
    if (!value) return std::nullopt;
    number = *value;
  }
  if (numbers[0] > max_count || numbers[8] > max_count) return std::nullopt;
  return NetDevice{.name = name, .rx_bytes = numbers[0], .tx_bytes = numbers[8]};
}

}  // namespace

Result<void> parse_net_dev(std::string_view text, std::vector<NetDevice>& devices) {
  devices.clear();
  std::string_view rest = text;
  const auto first = take_line(rest);
  const auto second = take_line(rest);
  if (!first || !second || first->find("Receive") == std::string_view::npos ||
      second->find("bytes") == std::string_view::npos) {
    return malformed("/proc/net/dev", text);
  }
  while (const auto line = take_line(rest)) {
    if (const auto device = parse_line(*line)) devices.push_back(*device);
  }
  return {};
}

}  // namespace vitals::procfs
