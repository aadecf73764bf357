// The counters of the sandbox's data interfaces, and which interfaces those are.
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

// Chooses among `devices` those that carry the function's traffic, as names. Pure.
// `wished`, the setting, decides alone when it is not empty. Otherwise those that carry a default route (IPv4, IPv6;
// either may be empty); with no route to be found the names that Lambda is known to use (vinternal_1, vint_runtime,
// Ceth1); and where there are none of these, all. Loopback and telemetry* are never chosen unless wished for.
[[nodiscard]] std::vector<std::string> choose_interfaces(std::span<const procfs::NetDevice> devices,
                                                         std::span<const std::string> wished, std::string_view route4,
                                                         std::string_view route6);

class Network {
 public:
  // `proc` is the open root of /proc, which must stay open.
  Network(int proc, std::vector<std::string> wished) : proc_(proc), wished_(std::move(wished)) {}

  // Reads the counters of the data interfaces, 5 µs. The choice is made anew when an interface has come or gone, and at
  // every reading as long as no default route has been found. Empty when nothing can be read, and when an interface
  // that was chosen has vanished: the sum would no longer be what it was.
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
