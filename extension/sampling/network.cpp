#include "sampling/network.h"

#include <algorithm>
#include <array>

#include "procfs/net_route.h"
#include "procfs/text.h"

namespace vitals {

namespace {

constexpr std::array<std::string_view, 3> lambda_names = {"vinternal_1", "vint_runtime", "Ceth1"};

bool contains(std::span<const std::string> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool carries_data(std::string_view name) {
  return name != "lo" && !name.starts_with("telemetry");
}

}  // namespace

std::vector<std::string> choose_interfaces(std::span<const procfs::NetDevice> devices,
                                           std::span<const std::string> wished, std::string_view route4,
                                           std::string_view route6) {
  std::vector<std::string> chosen;
  const auto choose = [&](auto wanted) {
    for (const auto& device : devices) {
      if (wanted(device.name) && !contains(chosen, device.name)) chosen.emplace_back(device.name);
    }
    return !chosen.empty();
  };
  if (!wished.empty()) {
    choose([&](std::string_view name) { return contains(wished, name); });
    return chosen;
  }
  if (choose([&](std::string_view name) { return carries_data(name) && (name == route4 || name == route6); }) ||
      choose([](std::string_view name) {
        return std::find(lambda_names.begin(), lambda_names.end(), name) != lambda_names.end();
      })) {
    return chosen;
  }
  choose(carries_data);
  return chosen;
}

bool Network::same_names() const {
  return std::equal(devices_.begin(), devices_.end(), names_.begin(), names_.end(),
                    [](const procfs::NetDevice& device, const std::string& name) { return device.name == name; });
}

// The names in devices_ point into the caller's buffer, so the routes are read into another one.
void Network::choose() {
  std::array<char, 16384> routes;
  const auto route_in = [&](const char* path, auto parse) {
    const auto file = open_for_reading(proc_, path);
    if (!file) return std::string{};
    const auto text = read_from_start(file->get(), routes);
    if (!text) return std::string{};
    const auto name = parse(*text);
    return name ? std::string{*name} : std::string{};
  };
  std::string route4;
  std::string route6;
  if (wished_.empty()) {
    route4 = route_in("net/route", procfs::parse_default_route);
    route6 = route_in("net/ipv6_route", procfs::parse_default_route6);
  }
  route_found_ = !wished_.empty() || !route4.empty() || !route6.empty();
  chosen_ = choose_interfaces(devices_, wished_, route4, route6);
  names_.clear();
  for (const auto& device : devices_) names_.emplace_back(device.name);
}

void Network::read(std::vector<InterfaceCounters>& counters, std::span<char> buffer) {
  counters.clear();
  if (!dev_) {
    auto file = open_for_reading(proc_, "net/dev");
    if (!file) return;
    dev_ = std::move(*file);
  }
  const auto text = read_from_start(dev_.get(), buffer);
  if (!text) return;
  if (const auto parsed = procfs::parse_net_dev(*text, devices_); !parsed) {
    procfs::log_dropped(parsed.error());
    return;
  }
  if (!route_found_ || !same_names()) choose();
  for (const auto& name : chosen_) {
    const auto device = std::find_if(devices_.begin(), devices_.end(),
                                     [&name](const procfs::NetDevice& other) { return other.name == name; });
    if (device == devices_.end()) {
      counters.clear();
      return;
    }
    InterfaceCounters& counter = counters.emplace_back();
    std::copy_n(name.begin(), std::min(name.size(), counter.name.size() - 1), counter.name.begin());
    counter.rx_bytes = device->rx_bytes;
    counter.tx_bytes = device->tx_bytes;
  }
}

}  // namespace vitals
