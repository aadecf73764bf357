// The parsers of the kernel's texts, on this process's own files.
#include <fcntl.h>

#include <array>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "measured.h"
#include "procfs/io.h"
#include "procfs/limits.h"
#include "procfs/loadavg.h"
#include "procfs/net_dev.h"
#include "procfs/net_route.h"
#include "procfs/stat.h"
#include "procfs/statm.h"
#include "procfs/status.h"

namespace {

using namespace vitals;

std::string content(const char* path) {
  std::array<char, 32768> buffer;
  const auto file = open_for_reading(AT_FDCWD, path);
  if (!file) return {};
  const auto text = read_from_start(file->get(), buffer);
  return text ? std::string{*text} : std::string{};
}

template <class Parser>
void parse(benchmark::State& state, const char* path, Parser parser) {
  const std::string text = content(path);
  bench::measure(state, [&] { benchmark::DoNotOptimize(parser(std::string_view{text})); });
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(text.size()));
}

BENCHMARK_CAPTURE(parse, stat, "/proc/self/stat", procfs::parse_stat);
BENCHMARK_CAPTURE(parse, statm, "/proc/self/statm", procfs::parse_statm);
BENCHMARK_CAPTURE(parse, status, "/proc/self/status", procfs::parse_status);
BENCHMARK_CAPTURE(parse, io, "/proc/self/io", procfs::parse_io);
BENCHMARK_CAPTURE(parse, limits, "/proc/self/limits", procfs::parse_limits);
BENCHMARK_CAPTURE(parse, loadavg, "/proc/loadavg", procfs::parse_last_pid);
BENCHMARK_CAPTURE(parse, net_route, "/proc/net/route", procfs::parse_default_route);

void parse_net_dev(benchmark::State& state) {
  const std::string text = content("/proc/net/dev");
  std::vector<procfs::NetDevice> devices;
  bench::measure(state, [&] { benchmark::DoNotOptimize(procfs::parse_net_dev(text, devices)); });
}
BENCHMARK(parse_net_dev)->Name("parse/net_dev");

}  // namespace
