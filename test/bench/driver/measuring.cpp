#include "measuring.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

namespace bench {

namespace {

// How often memory is sampled during the invocations.
constexpr int memory_samples = 50;

std::int64_t share(std::vector<std::int64_t> values, double quantile) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::size_t>(quantile * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

// Points 0 to 1 that fill the unit square evenly, however many are taken (the R2 sequence, by the plastic number).
double evenly(int number, double step) {
  double whole = 0;
  return std::modf(0.5 + step * number, &whole);
}

// Under a quota that throttles the function, the end of an invocation jumps by up to 20 ms when a little more CPU time
// takes another period. Hence the moment of INVOKE goes through the whole period, and the CPU time through a whole
// quota: then the mean grows in proportion to the CPU time.
Sample invoke(Host& host, const Options& options, int number) {
  Work work{options.cpu, options.duration};
  const auto quota = CpuGroup::quota(options.memory_mb);
  if (options.cpu_quota && options.cpu.count() > 0 && quota < CpuGroup::period) {
    const auto range = static_cast<double>(quota.count());
    work.cpu += std::chrono::microseconds{std::lround(range * (evenly(number, 0.5698402909980532) - 0.5))};
    work.cpu = std::max(work.cpu, std::chrono::microseconds{1});
    const auto age = evenly(number, 0.7548776662466927) * static_cast<double>(Nanoseconds{CpuGroup::period}.count());
    host.wait_for_period(Nanoseconds{std::llround(age)});
  }
  return host.invoke(work);
}

Nanoseconds cpu_time(Host& host) {
  return host.has_program() ? host.program().cpu_time() : Nanoseconds{0};
}

// Invokes, and reports the processor time of the program from INVOKE to the next one.
Json sample(Host& host, const Options& options, int number) {
  const Nanoseconds before = cpu_time(host);
  const Sample sample = invoke(host, options, number);
  if (options.pause.count() > 0) host.serve_for(options.pause);
  Json result = {
      {"response_ns", sample.response.count()},
      {"free_ns", sample.free.count()},
      {"cpu_ns", (cpu_time(host) - before).count()},
      {"function_cpu_ns", sample.function_cpu.count()},
  };
  if (sample.in_period) result["in_period_ns"] = sample.in_period->count();
  return result;
}

Json memory_of(const std::vector<std::uint64_t>& kb) {
  return {{"pss_first_kb", kb.front()},
          {"pss_peak_kb", *std::max_element(kb.begin(), kb.end())},
          {"pss_last_kb", kb.back()}};
}

}  // namespace

Json measure_invocations(Host& host, const Options& options) {
  std::vector<Json> samples;
  std::vector<std::int64_t> costs;
  std::vector<std::uint64_t> memory;
  costs.reserve(static_cast<std::size_t>(options.invocations));
  const auto began = now();
  const Nanoseconds first = cpu_time(host);
  for (int number = 0; number < options.invocations; ++number) {
    Json each = sample(host, options, number);
    costs.push_back(each["cpu_ns"]);
    if (options.samples) samples.push_back(std::move(each));
    if (host.has_program() && number % std::max(options.invocations / memory_samples, 1) == 0) {
      memory.push_back(host.program().pss_kb());
    }
  }
  const auto ended = now();
  host.serve_for(std::chrono::milliseconds{5});  // what is left to do of the last one
  const auto total = (cpu_time(host) - first).count();
  Json result = {
      {"wall_ns", (ended - began).count()},         {"cpu_ns", total},
      {"cpu_mean_ns", total / options.invocations}, {"cpu_median_ns", share(costs, 0.5)},
      {"cpu_p99_ns", share(costs, 0.99)},
  };
  if (host.has_program()) {
    memory.push_back(host.program().pss_kb());
    result.update(memory_of(memory));
  }
  if (options.samples) result["samples"] = samples;
  return result;
}

int measure_paced(Host& host, const Options& options) {
  int count = 0;
  for (std::string line; std::getline(std::cin, line); ++count) {
    int number = count;
    std::from_chars(line.data(), line.data() + line.size(), number);
    std::cout << sample(host, options, number).dump() << std::endl;
  }
  return count;
}

Json measure_idle(Host& host, Nanoseconds time) {
  auto& program = host.program();
  host.serve_for(std::chrono::milliseconds{500});
  const auto used = program.cpu_time();
  const auto switches = program.switches();
  host.serve_for(time);
  return {{"wakeups", program.switches() - switches}, {"cpu_ns", (program.cpu_time() - used).count()}};
}

}  // namespace bench
