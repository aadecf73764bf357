// The counters of the sandbox's data interfaces, and the choice of these interfaces.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_descriptor.h"
#include "procfs/net_dev.h"
#include "sampling/sample.h"

namespace vitals {

// Chooses those of `devices` that carry the function's traffic, by name. Pure.
// `wished`, the setting, decides if it is not empty. Otherwise those that carry a default route (IPv4, IPv6;
// either may be empty) are chosen; without a route the names that Lambda is known to use (vinternal_1, vint_runtime,
// Ceth1); without these, all. Loopback and telemetry* are chosen only if `wished` has them.
[[nodiscard]] std::vector<std::string> choose_interfaces(std::span<const procfs::NetDevice> devices,
                                                         std::span<const std::string> wished, std::string_view route4,
                                                         std::string_view route6);

class Network {
 public:
  // `proc` is the open root of /proc, which must stay open.
  Network(int proc, std::vector<std::string> wished) : proc_(proc), wished_(std::move(wished)) {}

  // Reads the counters of the data interfaces, 5 µs. The choice is repeated when an interface has come or gone, and at
  // every reading while no default route has been found. Empty if nothing can be read, or if a chosen interface has
  // vanished: the sum would not be comparable.
  void read(std::vector<InterfaceCounters>& counters, std::span<char> buffer);

 private:
  void choose();
  [[nodiscard]] bool same_names() const;

  int proc_;
  std::vector<std::string> wished_;
  FileDescriptor dev_;
  std::vector<procfs::NetDevice> devices_;
  std::vector<std::string> names_;  // of all interfaces, when the choice was made
  std::vector<std::string> chosen_;
  bool route_found_ = false;
};

}  // namespace vitals
