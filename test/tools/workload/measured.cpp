#include "measured.h"

#include <sys/resource.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace workload {

namespace {

std::int64_t microseconds(const timeval& time) {
  return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_usec;
}

void read_processor(Counters& counters) {
  for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    ::getrusage(who, &usage);
    counters.user_us += microseconds(usage.ru_utime);
    counters.system_us += microseconds(usage.ru_stime);
    counters.major_faults += usage.ru_majflt;
  }
}

std::map<std::string, Counters::Interface> interfaces() {
  std::map<std::string, Counters::Interface> all;
  std::ifstream file("/proc/net/dev");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::istringstream fields(line.substr(colon + 1));
    Counters::Interface one;
    std::int64_t skipped = 0;
    fields >> one.rx_bytes;
    for (int i = 0; i < 7; ++i) fields >> skipped;
    fields >> one.tx_bytes;
    all[line.substr(line.find_first_not_of(' '), colon - line.find_first_not_of(' '))] = one;
  }
  return all;
}

}  // namespace

std::int64_t number_in(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name + ":")) return std::stoll(line.substr(name.size() + 1));
  }
  return 0;
}

Counters read_counters(Edge edge) {
  Counters counters;
  if (edge == Edge::end) read_processor(counters);
  counters.read_bytes = number_in("/proc/self/io", "read_bytes");
  counters.write_bytes = number_in("/proc/self/io", "write_bytes");
  counters.interfaces = interfaces();
  if (edge == Edge::start) read_processor(counters);
  return counters;
}

nlohmann::json answer(const Counters& from, const Counters& to, const Seen& seen, std::chrono::nanoseconds wall) {
  nlohmann::json text = {{"userUs", to.user_us - from.user_us},
                         {"systemUs", to.system_us - from.system_us},
                         {"cpuUs", to.user_us + to.system_us - from.user_us - from.system_us},
                         {"cpuSoFarUs", to.user_us + to.system_us},
                         {"majorFaults", to.major_faults - from.major_faults},
                         {"readBytes", to.read_bytes - from.read_bytes},
                         {"writeBytes", to.write_bytes - from.write_bytes},
                         {"wallMs", static_cast<double>(wall.count()) / 1e6}};
  for (const auto& [name, now] : to.interfaces) {
    const auto before = from.interfaces.find(name);
    if (before == from.interfaces.end()) continue;
    text["rxBytes"][name] = now.rx_bytes - before->second.rx_bytes;
    text["txBytes"][name] = now.tx_bytes - before->second.tx_bytes;
  }
  const auto tell = [&text](const char* name, std::int64_t value) {
    if (value != 0) text[name] = value;
  };
  tell("residentBytes", seen.resident_bytes);
  tell("togetherBytes", seen.together_bytes);
  tell("unwaitedNs", seen.unwaited_ns);
  tell("waitedNs", seen.waited_ns);
  tell("tmpUsedBytes", seen.tmp_used_bytes);
  tell("threads", seen.threads);
  tell("descriptors", seen.descriptors);
  tell("descriptorLimit", seen.descriptor_limit);
  tell("processes", seen.processes);
  return text;
}

}  // namespace workload
