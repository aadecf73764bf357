#include "sampling/usage.h"

#include <algorithm>

namespace vitals {

namespace {

using std::chrono::nanoseconds;

// Absent if one of the two is, or if the counter went backwards.
template <class Counter>
std::optional<Counter> grown(const std::optional<Counter>& from, const std::optional<Counter>& to) {
  if (!from || !to || *to < *from) return std::nullopt;
  return *to - *from;
}

void set_cpu(Usage& usage, const CpuTime& cpu) {
  usage.cpu_total = cpu.total();
  usage.cpu_user = cpu.user;
  usage.cpu_system = cpu.system;
}

// Both samples must have the same interfaces: if one came or went, its bytes cannot be distinguished from traffic.
void set_network(Usage& usage, const Sample& from, const Sample& to) {
  if (to.interfaces.empty() || from.interfaces.size() != to.interfaces.size()) return;
  std::optional<std::uint64_t> rx = 0;
  std::optional<std::uint64_t> tx = 0;
  for (const auto& now : to.interfaces) {
    const auto before = std::find_if(from.interfaces.begin(), from.interfaces.end(),
                                     [&now](const InterfaceCounters& other) { return other.name == now.name; });
    if (before == from.interfaces.end()) return;
    if (rx) rx = now.rx_bytes < before->rx_bytes ? std::nullopt : std::optional{*rx + now.rx_bytes - before->rx_bytes};
    if (tx) tx = now.tx_bytes < before->tx_bytes ? std::nullopt : std::optional{*tx + now.tx_bytes - before->tx_bytes};
  }
  usage.rx_bytes = rx;
  usage.tx_bytes = tx;
}

}  // namespace

Usage difference(const Sample& from, const Sample& to) {
  Usage usage;
  if (from.agent_cpu && to.agent_cpu && *to.agent_cpu < *from.agent_cpu) return usage;
  if (to.function) {
    // Processes that did not exist at `from` have started since: all of their usage counts.
    const Totals before = from.function.value_or(Totals{.cpu = {}, .read_bytes = 0, .write_bytes = 0});
    if (to.function->cpu.total() >= before.cpu.total()) set_cpu(usage, growth(before.cpu, to.function->cpu));
    usage.cpu_wait = waited_between(from.waits, to.waits);
    usage.major_faults = grown(std::optional{before.major_faults}, std::optional{to.function->major_faults});
    usage.disk_read_bytes = grown(before.read_bytes, to.function->read_bytes);
    usage.disk_write_bytes = grown(before.write_bytes, to.function->write_bytes);
  }
  if (to.extensions) {
    const CpuTime before = from.extensions ? from.extensions->cpu : CpuTime{};
    usage.extensions_cpu = grown(std::optional{before.total()}, std::optional{to.extensions->cpu.total()});
  }
#define VITALS_COUNTER(counter, type, field, when) usage.counter = grown(from.counter, to.counter);
#include "sampling/measures.def"
  set_network(usage, from, to);
  return usage;
}

void drop_unseen(Usage& usage, const Sample& to) {
  // USER_HZ is 100 on every architecture of Lambda: the unit of cutime and cstime.
  constexpr std::chrono::milliseconds tick{10};
  if (!to.function || !to.function->all_gone) return;
  if (usage.cpu_total && *usage.cpu_total >= tick) return;
  usage.cpu_total = usage.cpu_user = usage.cpu_system = std::nullopt;
  usage.disk_read_bytes = usage.disk_write_bytes = std::nullopt;
}

Usage since_start(const Sample& sample) {
  Usage usage;
  if (sample.function) {
    set_cpu(usage, sample.function->cpu);
    usage.major_faults = sample.function->major_faults;
    usage.disk_read_bytes = sample.function->read_bytes;
    usage.disk_write_bytes = sample.function->write_bytes;
  }
  if (sample.extensions) usage.extensions_cpu = sample.extensions->cpu.total();
  usage.agent_cpu = sample.agent_cpu;
  return usage;
}

}  // namespace vitals
