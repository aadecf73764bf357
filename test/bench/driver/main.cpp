// bench-driver: runs one extension and reports what it took, see options.cpp and scripts/bench.
#include <algorithm>
#include <exception>
#include <iostream>
#include <optional>

#include "cpu_group.h"
#include "function.h"
#include "host.h"
#include "measuring.h"
#include "options.h"

namespace {

using bench::Host;
using bench::Json;

// One of the warm-up: a long sleep says nothing new.
bench::Work warming(const bench::Options& options) {
  return {options.cpu, std::min<std::chrono::microseconds>(options.duration, std::chrono::seconds{1})};
}

Json start(Host& host) {
  host.start_program();
  auto& program = host.program();
  return {
      {"exec_to_register_ns", (host.registered_at() - program.executed_at()).count()},
      {"exec_to_next_ns", (host.first_next_at() - program.executed_at()).count()},
      {"start_cpu_ns", program.cpu_time().count()},
      {"start_pss_kb", program.pss_kb()},
      {"cached_bytes_at_exec", program.cached_bytes()},
  };
}

void invoke(Host& host, const bench::Options& options, const bench::CpuGroup* group, Json& result) {
  const auto function_began = bench::now();
  const bench::Function function{host.port(), options.processes, group};
  if (options.processes > 0) host.wait_for_runtime();
  result["runtime_start_ns"] = (bench::now() - function_began).count();
  for (int number = 0; number < options.warm_up; ++number) static_cast<void>(host.invoke(warming(options)));
  if (options.paced) {
    result["invocations"] = bench::measure_paced(host, options);
  } else {
    result["invocations"] = options.invocations;
    result.update(bench::measure_invocations(host, options));
  }
  if (options.idle.count() > 0) result["idle"] = bench::measure_idle(host, options.idle);
  if (host.has_program()) result["high_water_kb"] = host.program().high_water_kb();
}

int run(const bench::Options& options) {
  std::optional<bench::CpuGroup> limited;
  if (options.cpu_quota) limited.emplace(options.memory_mb);
  const bench::CpuGroup* const group = limited ? &*limited : nullptr;
  Host host{options, group};
  Json result = options.extension ? start(host) : Json::object();
  if (options.invocations > 0 || options.paced) invoke(host, options, group, result);
  if (options.extension) {
    host.shut_down();
    result["lines"] = host.lines();
    result["ended"] = host.program().has_ended();
  }
  std::cout << result.dump() << '\n';
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const bench::Options options = bench::parse_options(argc, argv);
    bench::catch_interrupts();
    return run(options);
  } catch (const std::exception& error) {
    std::cerr << "bench-driver: " << error.what() << '\n';
    return 1;
  }
}
