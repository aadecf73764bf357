#include "options.h"

#include <charconv>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <string_view>

#include "cpu_group.h"

namespace bench {

namespace {

constexpr std::string_view usage =
    R"(usage: bench-driver [OPTION...] -- PROGRAM [ARGUMENT...]
       bench-driver [OPTION...] --no-extension

Runs one extension against a Lambda host on loopback, invokes it, and prints as one JSON object what it took: time from
exec to its first event/next, processor time, memory, wake-ups. scripts/bench puts the figures of several together.

  --invocations N    invocations that are measured (1000; 0: only the start)
  --warm-up N        invocations before them (20)
  --processes N      processes of the function: the runtime and N-1 that wait (2)
  --cpu-us N         CPU time that the function uses in an invocation (0)
  --duration-us N    how long the function sleeps in it, after that (0); in the warm-up at most a second
  --memory MB        memory size of the function (1769)
  --cpu-quota        function and extension together get MB/1769 of a CPU, as in Lambda: by a CPU cgroup with a period
                     of 20 ms, which takes root and at least 128 MB. So that its steps average out, INVOKE then comes
                     at moments spread evenly over the period, and the CPU time of the function is spread evenly over
                     one period's quota around N; for the same invocation of every program it is the same
  --pause-us N       time between two invocations (0)
  --idle-ms N        at the end, time without an invocation in which wake-ups are counted (0)
  --extra-events N   events of other kinds in each batch of telemetry (0)
  --no-telemetry     the subscription is answered 202, as the Runtime Interface Emulator does
  --no-extension     no program: what an invocation takes without
  --paced            an invocation for each line on standard input, until its end; each answers with its sample at once.
                     A number on the line is the invocation's place in the even spread of --cpu-quota
  --cold             the program's file is put out of the page cache before it is executed
  --step-by-step     nothing is sent before the program sleeps: the same run every time, for counting instructions
  --samples          each invocation: time from INVOKE to the response, and to when function and extension have asked
                     for the next; processor time of the program until the next INVOKE, and of the function; how late
                     in the period of the CPU quota INVOKE came, if that is known
  --env NAME=VALUE   a variable more in the program's environment; can be repeated
  -h, --help         this text
)";

[[noreturn]] void misused(const std::string& what) {
  std::cerr << "bench-driver: " << what << "; see bench-driver --help\n";
  std::exit(2);  // NOLINT(concurrency-mt-unsafe): there are no threads
}

int number(std::string_view name, std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) {
    misused(std::string(name) + " needs a whole number, not \"" + std::string(text) + '"');
  }
  return value;
}

void check(const Options& options) {
  if (options.extension && options.command.empty()) misused("no program to run");
  if (!options.extension && !options.command.empty()) misused("--no-extension goes without a program");
  if (!options.extension && (options.step_by_step || options.cold || options.idle.count() > 0)) {
    misused("--step-by-step, --cold and --idle-ms need a program");
  }
  if (options.cpu_quota && options.memory_mb < CpuGroup::least_memory_mb) {
    misused("--cpu-quota needs a --memory of at least 128");
  }
  if ((options.paced || !options.extension) && options.processes == 0) misused("nothing is invoked: --processes 0");
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options options;
  const std::map<std::string_view, std::function<void()>> switches = {
      {"--no-telemetry", [&] { options.telemetry = false; }},
      {"--cpu-quota", [&] { options.cpu_quota = true; }},
      {"--no-extension", [&] { options.extension = false; }},
      {"--paced", [&] { options.paced = true; }},
      {"--cold", [&] { options.cold = true; }},
      {"--step-by-step", [&] { options.step_by_step = true; }},
      {"--samples", [&] { options.samples = true; }},
  };
  const std::map<std::string_view, std::function<void(int)>> numbers = {
      {"--invocations", [&](int value) { options.invocations = value; }},
      {"--warm-up", [&](int value) { options.warm_up = value; }},
      {"--processes", [&](int value) { options.processes = value; }},
      {"--memory", [&](int value) { options.memory_mb = value; }},
      {"--cpu-us", [&](int value) { options.cpu = std::chrono::microseconds{value}; }},
      {"--duration-us", [&](int value) { options.duration = std::chrono::microseconds{value}; }},
      {"--pause-us", [&](int value) { options.pause = std::chrono::microseconds{value}; }},
      {"--idle-ms", [&](int value) { options.idle = std::chrono::milliseconds{value}; }},
      {"--extra-events", [&](int value) { options.extra_events = value; }},
  };
  int at = 1;
  for (; at < argc && std::string_view{argv[at]} != "--"; ++at) {
    const std::string_view name = argv[at];
    if (name == "-h" || name == "--help") {
      std::cout << usage;
      std::exit(0);  // NOLINT(concurrency-mt-unsafe)
    }
    if (const auto found = switches.find(name); found != switches.end()) {
      found->second();
      continue;
    }
    const auto found = numbers.find(name);
    if (found == numbers.end() && name != "--env") misused("unknown option " + std::string(name));
    if (++at == argc) misused(std::string(name) + " needs a value");
    if (name == "--env") {
      options.environment.emplace_back(argv[at]);
    } else {
      found->second(number(name, argv[at]));
    }
  }
  if (at + 1 < argc) options.command.assign(argv + at + 1, argv + argc);
  check(options);
  return options;
}

}  // namespace bench
