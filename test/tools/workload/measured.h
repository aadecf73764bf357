// Measured: what the kernel itself charges this process and the children it has waited for. All counters are of now;
// the difference of two of them is what was used in between.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace workload {

struct Counters {
  std::int64_t user_us = 0;    // getrusage, RUSAGE_SELF + RUSAGE_CHILDREN
  std::int64_t system_us = 0;  // likewise
  std::int64_t major_faults = 0;
  std::int64_t read_bytes = 0;  // /proc/self/io: storage
  std::int64_t write_bytes = 0;
  struct Interface {
    std::int64_t rx_bytes = 0;
    std::int64_t tx_bytes = 0;
  };
  std::map<std::string, Interface> interfaces;  // /proc/net/dev
};

// The processor time is read first at the end and last at the start, so that reading the rest is not in between.
enum class Edge { start, end };
[[nodiscard]] Counters read_counters(Edge edge);

// What the steps of one event have seen; absent from the answer where it is 0.
struct Seen {
  std::int64_t resident_bytes = 0;    // most, while memory was held: Rss of smaps_rollup
  std::int64_t together_bytes = 0;    // most, of all workers and this process: their Pss
  std::int64_t unwaited_ns = 0;       // processor time that children used which nobody waits for, by their own clocks
  std::int64_t waited_ns = 0;         // of all threads that burned: in which they waited for a processor
  std::int64_t tmp_used_bytes = 0;    // most: statvfs("/tmp")
  std::int64_t threads = 0;           // most, of this process and its children
  std::int64_t descriptors = 0;       // most, of this process
  std::int64_t descriptor_limit = 0;  // RLIMIT_NOFILE, soft
  std::int64_t processes = 0;         // most, with this one
};

// The answer to an event.
[[nodiscard]] nlohmann::json answer(const Counters& from, const Counters& to, const Seen& seen,
                                    std::chrono::nanoseconds wall);

// A number of a file of "Name:  number" lines, 0 when it is not there.
[[nodiscard]] std::int64_t number_in(const std::string& path, const std::string& name);

}  // namespace workload
