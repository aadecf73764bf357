// The command line of the benchmark driver.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace bench {

struct Options {
  int invocations = 1000;
  int warm_up = 20;
  int processes = 2;
  int extra_events = 0;
  int memory_mb = 1769;
  bool cpu_quota = false;
  bool extension = true;
  bool paced = false;
  bool telemetry = true;
  bool cold = false;
  bool step_by_step = false;
  bool samples = false;
  std::chrono::microseconds cpu{0};
  std::chrono::microseconds duration{0};
  std::chrono::microseconds pause{0};
  std::chrono::milliseconds idle{0};
  std::vector<std::string> environment;
  std::vector<std::string> command;
};

// Exits with 0 after --help, with 2 after a wrong option.
[[nodiscard]] Options parse_options(int argc, char** argv);

}  // namespace bench
