// bench-driver: runs one extension and says what it took, see options.cpp and scripts/bench.
#include <algorithm>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <vector>

#include "function.h"
#include "host.h"
#include "options.h"

namespace {

using bench::Host;
using bench::Nanoseconds;
using Json = nlohmann::ordered_json;

// How often memory is looked at during the invocations.
constexpr int memory_looks = 50;

std::int64_t share(std::vector<std::int64_t> values, double quantile) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::size_t>(quantile * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

// Invokes, and tells of each invocation the processor time from its start to the start of the next one.
Json measure_invocations(Host& host, const bench::Options& options) {
  auto& program = host.program();
  std::vector<std::int64_t> costs;
  std::vector<std::uint64_t> memory;
  costs.reserve(static_cast<std::size_t>(options.invocations));
  const auto began = bench::now();
  const Nanoseconds first = program.cpu_time();
  Nanoseconds last = first;
  for (int number = 0; number < options.invocations; ++number) {
    host.invoke();
    if (options.pause.count() > 0) host.serve_for(options.pause);
    const Nanoseconds used = program.cpu_time();
    costs.push_back((used - last).count());
    last = used;
    if (number % std::max(options.invocations / memory_looks, 1) == 0) memory.push_back(program.pss_kb());
  }
  const auto ended = bench::now();
  host.serve_for(std::chrono::milliseconds{5});  // what is left to do of the last one
  memory.push_back(program.pss_kb());
  const auto total = (program.cpu_time() - first).count();
  Json result = {
      {"wall_ns", (ended - began).count()},
      {"cpu_ns", total},
      {"cpu_mean_ns", total / options.invocations},
      {"cpu_median_ns", share(costs, 0.5)},
      {"cpu_p99_ns", share(costs, 0.99)},
      {"pss_first_kb", memory.front()},
      {"pss_peak_kb", *std::max_element(memory.begin(), memory.end())},
      {"pss_last_kb", memory.back()},
  };
  if (options.samples) result["samples_ns"] = costs;
  return result;
}

Json measure_idle(Host& host, Nanoseconds time) {
  auto& program = host.program();
  host.serve_for(std::chrono::milliseconds{500});
  const auto used = program.cpu_time();
  const auto switches = program.switches();
  host.serve_for(time);
  return {{"wakeups", program.switches() - switches}, {"cpu_ns", (program.cpu_time() - used).count()}};
}

int run(const bench::Options& options) {
  Host host{options};
  host.start_program();
  auto& program = host.program();
  Json result = {
      {"exec_to_register_ns", (host.registered_at() - program.executed_at()).count()},
      {"exec_to_next_ns", (host.first_next_at() - program.executed_at()).count()},
      {"start_cpu_ns", program.cpu_time().count()},
      {"start_pss_kb", program.pss_kb()},
      {"cached_bytes_at_exec", program.cached_bytes()},
  };
  if (options.invocations > 0) {
    const bench::Function function{host.port(), options.processes, options.duration};
    if (options.processes > 0) host.wait_for_runtime();
    for (int number = 0; number < options.warm_up; ++number) host.invoke();
    result["invocations"] = options.invocations;
    result.update(measure_invocations(host, options));
    if (options.idle.count() > 0) result["idle"] = measure_idle(host, options.idle);
    result["high_water_kb"] = program.high_water_kb();
  }
  host.shut_down();
  result["lines"] = host.lines();
  result["ended"] = program.has_ended();
  std::cout << result.dump() << '\n';
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(bench::parse_options(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << "bench-driver: " << error.what() << '\n';
    return 1;
  }
}
