#include "sampling/usage.h"

#include <algorithm>
#include <string_view>

#include "support/catch.h"

using namespace std::chrono_literals;
using namespace vitals;

namespace {

Totals totals(std::chrono::nanoseconds user, std::chrono::nanoseconds system) {
  return {.cpu = {user, system}, .major_faults = 5, .read_bytes = 100, .write_bytes = 200};
}

InterfaceCounters interface(std::string_view name, std::uint64_t rx, std::uint64_t tx) {
  InterfaceCounters counters{.name = {}, .rx_bytes = rx, .tx_bytes = tx};
  std::copy(name.begin(), name.end(), counters.name.begin());
  return counters;
}

ProcessMemory memory(pid_t pid, std::optional<std::uint64_t> high_water, std::uint64_t resident_max = 0,
                     std::uint64_t together_then = 0) {
  return {.pid = pid,
          .start_time = 1,
          .high_water = high_water,
          .resident_max = resident_max,
          .together_then = together_then};
}

constexpr std::uint64_t megabyte = 1U << 20U;

}  // namespace

TEST_CASE("what a function used that ended unseen is known to a tick") {
  Sample from;
  from.function = Totals{.cpu = {10ms, 0ms}, .read_bytes = 5, .write_bytes = 5};
  Sample to = from;
  to.function->all_gone = GENERATE(true, false);
  const auto used = GENERATE(0ms, 9ms, 10ms);
  to.function->cpu.user += used;
  Usage usage = difference(from, to);
  drop_unseen(usage, to);
  const bool known = !to.function->all_gone || used >= 10ms;
  CHECK(usage.cpu_total.has_value() == known);
  CHECK(usage.cpu_user.has_value() == known);
  CHECK(usage.cpu_system.has_value() == known);
  CHECK(usage.disk_read_bytes.has_value() == known);
  CHECK(usage.disk_write_bytes.has_value() == known);
}

TEST_CASE("an empty sample has no values, rather than zeros") {
  const Usage usage = difference({}, {});
  CHECK_FALSE(usage.cpu_total.has_value());
  CHECK_FALSE(usage.cpu_user.has_value());
  CHECK_FALSE(usage.cpu_system.has_value());
  CHECK_FALSE(usage.major_faults.has_value());
  CHECK_FALSE(usage.disk_read_bytes.has_value());
  CHECK_FALSE(usage.disk_write_bytes.has_value());
  CHECK_FALSE(usage.rx_bytes.has_value());
  CHECK_FALSE(usage.tx_bytes.has_value());
  CHECK_FALSE(usage.extensions_cpu.has_value());
  CHECK_FALSE(usage.agent_cpu.has_value());
  CHECK_FALSE(since_start({}).cpu_total.has_value());
  CHECK_FALSE(peak_resident_bytes({}, {}, {}).has_value());
}

TEST_CASE("usage is the growth of each counter") {
  Sample from;
  from.function = totals(10ms, 5ms);
  from.extensions = totals(1ms, 1ms);
  from.agent_cpu = 3ms;
  from.interfaces = {interface("eth0", 100, 1000)};
  Sample to = from;
  to.function = totals(30ms, 9ms);
  to.function->major_faults = 6;
  to.function->read_bytes = 4196;
  to.function->write_bytes = 200;
  to.extensions = totals(4ms, 1ms);
  to.agent_cpu = 3100us;
  to.interfaces = {interface("eth0", 150, 1001)};
  const Usage usage = difference(from, to);
  CHECK(usage.cpu_total == 24ms);
  CHECK(usage.cpu_user == 20ms);
  CHECK(usage.cpu_system == 4ms);
  CHECK(usage.major_faults == 1U);
  CHECK(usage.disk_read_bytes == 4096U);
  CHECK(usage.disk_write_bytes == 0U);
  CHECK(usage.extensions_cpu == 3ms);
  CHECK(usage.agent_cpu == 100us);
  CHECK(usage.rx_bytes == 50U);
  CHECK(usage.tx_bytes == 1U);
}

TEST_CASE("a counter that went backwards drops its own value and nothing else") {
  Sample from;
  from.function = totals(10ms, 5ms);
  from.agent_cpu = 3ms;
  from.interfaces = {interface("eth0", 100, 1000)};
  Sample to = from;
  to.function->read_bytes = 99;
  to.function->major_faults = 4;
  to.interfaces = {interface("eth0", 99, 1001)};
  const Usage usage = difference(from, to);
  CHECK_FALSE(usage.disk_read_bytes.has_value());
  CHECK_FALSE(usage.major_faults.has_value());
  CHECK_FALSE(usage.rx_bytes.has_value());
  CHECK(usage.disk_write_bytes == 0U);
  CHECK(usage.cpu_total == 0ms);
  CHECK(usage.tx_bytes == 1U);
  to.function->cpu = {9ms, 5ms};
  CHECK_FALSE(difference(from, to).cpu_total.has_value());
}

TEST_CASE("a restore from a snapshot lies between two samples when this process's own CPU time went back") {
  Sample from;
  from.function = totals(10ms, 5ms);
  from.agent_cpu = 3ms;
  Sample to = from;
  to.function->cpu.user += 20ms;
  CHECK(difference(from, to).cpu_total == 20ms);
  to.agent_cpu = 2ms;
  CHECK_FALSE(difference(from, to).cpu_total);
  CHECK_FALSE(difference(from, to).agent_cpu);
}

TEST_CASE("an interface that came, went or was exchanged leaves the traffic absent") {
  Sample from;
  from.interfaces = {interface("eth0", 100, 1000)};
  Sample to;
  to.interfaces = GENERATE(std::vector<InterfaceCounters>{}, std::vector{interface("eth1", 200, 2000)},
                           std::vector{interface("eth0", 200, 2000), interface("eth1", 1, 1)});
  CHECK_FALSE(difference(from, to).rx_bytes.has_value());
  CHECK_FALSE(difference(from, to).tx_bytes.has_value());
}

TEST_CASE("several interfaces add up; a reset in one is not hidden by the other's growth") {
  Sample from;
  from.interfaces = {interface("a", 100, 100), interface("b", 10, 10)};
  Sample to;
  to.interfaces = {interface("b", 15, 5), interface("a", 200, 200)};
  CHECK(difference(from, to).rx_bytes == 105U);
  CHECK_FALSE(difference(from, to).tx_bytes.has_value());
}

TEST_CASE("if all processes of a function have started since, all of their usage counts") {
  Sample to;
  to.function = totals(7ms, 1ms);
  const Usage usage = difference({}, to);
  CHECK(usage.cpu_total == 8ms);
  CHECK(usage.disk_read_bytes == 100U);
}

TEST_CASE("init has used what there is at the first invocation") {
  Sample sample;
  sample.function = totals(7ms, 1ms);
  sample.agent_cpu = 1ms;
  CHECK(since_start(sample).cpu_total == 8ms);
  CHECK(since_start(sample).cpu_user == 7ms);
  CHECK(since_start(sample).disk_write_bytes == 200U);
  CHECK(since_start(sample).agent_cpu == 1ms);
}

TEST_CASE("peaks: the largest of each gauge, the smallest of free ones; absent ones do not count") {
  Peaks peaks;
  peaks.add({});
  CHECK_FALSE(peaks.resident_bytes_max.has_value());
  CHECK(peaks.agent_samples == 0);
  Gauges gauges;
  gauges.resident_bytes = 10;
  gauges.threads = 3;
  gauges.tmp_free_bytes = 50;
  gauges.tmp_used_bytes = 5;
  gauges.agent_resident_bytes = 100;
  peaks.add(gauges);
  gauges.resident_bytes = 7;
  gauges.threads = 4;
  gauges.tmp_free_bytes = 60;
  gauges.tmp_used_bytes = 4;
  gauges.agent_resident_bytes = 300;
  peaks.add(gauges);
  peaks.add({});
  CHECK(peaks.resident_bytes_max == 10U);
  CHECK(peaks.threads_max == 4U);
  CHECK(peaks.tmp_free_bytes_min == 50U);
  CHECK(peaks.tmp_used_bytes_max == 5U);
  CHECK(peaks.agent_resident_bytes_max == 300U);
  CHECK(peaks.agent_resident_bytes_sum == 400);
  CHECK(peaks.agent_samples == 2);
  CHECK_FALSE(peaks.open_descriptors_max.has_value());
}

TEST_CASE("the memory's peak is the largest sum that was sampled when no high-water mark rose") {
  Sample from;
  from.processes = {memory(10, 500)};
  Peaks peaks;
  peaks.resident_bytes_max = 300;
  CHECK(peak_resident_bytes(from, from, peaks) == 300U);
}

TEST_CASE("a high-water mark that rose adds what no sample of its process saw") {
  Sample from;
  from.processes = {memory(10, 500), memory(11, 90)};
  Sample to;
  to.processes = {memory(10, 800, 700, 740), memory(11, 90, 80, 740)};
  Peaks peaks;
  peaks.resident_bytes_max = 740;
  CHECK(peak_resident_bytes(from, to, peaks) == 840U);
  peaks.resident_bytes_max = 900;
  CHECK(peak_resident_bytes(from, to, peaks) == 900U);
}

TEST_CASE("a high-water mark that the samples reached adds nothing, whatever its process shares with others") {
  Sample to;
  to.processes = {memory(10, 700, 700, 720), memory(11, 650, 700, 720)};
  Peaks peaks;
  peaks.resident_bytes_max = 720;
  CHECK(peak_resident_bytes({}, to, peaks) == 720U);
}

TEST_CASE("a moment in doubt that may have had more than the known peak: the middle, or the peak is absent") {
  Peaks peaks;
  Gauges gauges;
  gauges.resident_bytes = 60 * megabyte;
  peaks.add(gauges);
  gauges = {};
  gauges.resident_bound = 62 * megabyte;
  peaks.add(gauges);
  CHECK(peak_resident_bytes({}, {}, peaks) == 61 * megabyte);
  gauges.resident_bound = 63 * megabyte;
  peaks.add(gauges);
  CHECK_FALSE(peak_resident_bytes({}, {}, peaks).has_value());
  gauges.resident_bound = 90 * megabyte;
  peaks.add(gauges);
  CHECK_FALSE(peak_resident_bytes({}, {}, peaks).has_value());
  gauges.resident_earlier = 95 * megabyte;  // resolved later
  peaks.add(gauges);
  CHECK(peak_resident_bytes({}, {}, peaks) == 95 * megabyte);
}

TEST_CASE("what a process may have had between two samples is in doubt, up to its high-water mark") {
  Sample from;
  from.processes = {memory(10, 90 * megabyte)};
  Sample to;
  to.processes = {memory(10, 90 * megabyte, 60 * megabyte, 60 * megabyte)};
  Peaks peaks;
  peaks.resident_bytes_max = 60 * megabyte;
  ProcessMemory& process = to.processes[0];
  process.reach = 62 * megabyte;
  CHECK(peak_resident_bytes(from, to, peaks) == 61 * megabyte);
  process.reach = 200 * megabyte;
  CHECK_FALSE(peak_resident_bytes(from, to, peaks).has_value());
  from.processes[0].high_water = process.high_water = 62 * megabyte;
  CHECK(peak_resident_bytes(from, to, peaks) == 61 * megabyte);
  from.processes[0].high_water = 50 * megabyte;
  CHECK(peak_resident_bytes(from, to, peaks) == 62 * megabyte);
}

TEST_CASE("what exited unseen may have been there when a mark rose that no sample saw rise") {
  Sample to;
  to.processes = {memory(10, 100 * megabyte, 2 * megabyte, 2 * megabyte)};
  Peaks peaks;
  peaks.resident_bytes_max = 2 * megabyte;
  CHECK(peak_resident_bytes({}, to, peaks) == 100 * megabyte);
  peaks.resident_bound_max = 22 * megabyte;
  CHECK_FALSE(peak_resident_bytes({}, to, peaks).has_value());
}

TEST_CASE("all of a new process's high-water mark is of this window; another one with its pid is a new process") {
  Sample from;
  from.processes = {memory(10, 5000)};
  Sample to;
  to.processes = {memory(10, 700, 0)};
  to.processes[0].start_time = 2;
  CHECK(peak_resident_bytes(from, to, {}) == 700U);
}

TEST_CASE("a high-water mark that could not be read at one of the edges proves nothing") {
  Sample from;
  from.processes = {memory(10, {}), memory(11, 5)};
  Sample to;
  to.processes = {memory(10, 700), memory(11, {})};
  CHECK_FALSE(peak_resident_bytes(from, to, {}).has_value());
}
