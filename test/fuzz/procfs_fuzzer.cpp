// Every parser of /proc on any text: no crash, no number that the sums behind could overflow with, no view that points
// elsewhere.
#include <functional>
#include <vector>

#include "fuzz/fuzz.h"
#include "procfs/io.h"
#include "procfs/key_value.h"
#include "procfs/limits.h"
#include "procfs/loadavg.h"
#include "procfs/machine_stat.h"
#include "procfs/net_dev.h"
#include "procfs/net_route.h"
#include "procfs/smaps_rollup.h"
#include "procfs/stat.h"
#include "procfs/statm.h"
#include "procfs/status.h"
#include "procfs/text.h"

namespace {

using namespace vitals;
using namespace vitals::procfs;
using fuzz::promise;

void inside(std::string_view text, std::string_view part) {
  if (part.empty()) return;
  const std::less_equal<> before;
  promise(before(text.data(), part.data()) && before(part.data() + part.size(), text.data() + text.size()),
          "a view lies inside the text");
}

void bounded(std::uint64_t number) {
  promise(number <= max_count, "a number stays below 2^53");
}

void check_stat(std::string_view text) {
  const auto stat = parse_stat(text);
  if (!stat) return;
  inside(text, stat->comm);
  promise(stat->pid > 0 && stat->ppid >= 0 && stat->pgrp >= 0 && stat->session >= 0, "a pid is a pid");
  for (const auto number : {stat->minflt, stat->cminflt, stat->majflt, stat->cmajflt, stat->utime, stat->stime,
                            stat->cutime, stat->cstime, stat->num_threads, stat->starttime, stat->rss}) {
    bounded(number);
  }
}

void check_net(std::string_view text) {
  std::vector<NetDevice> devices;
  if (parse_net_dev(text, devices)) {
    for (const auto& device : devices) {
      inside(text, device.name);
      bounded(device.rx_bytes);
      bounded(device.tx_bytes);
    }
  }
  if (const auto route = parse_default_route(text)) inside(text, *route);
  if (const auto route = parse_default_route6(text)) inside(text, *route);
}

void check_process_files(std::string_view text) {
  if (const auto io = parse_io(text)) {
    bounded(io->read_bytes);
    bounded(io->write_bytes);
  }
  if (const auto statm = parse_statm(text)) {
    bounded(statm->size);
    bounded(statm->resident);
    bounded(statm->shared);
  }
  if (const auto rollup = parse_smaps_rollup(text)) {
    bounded(rollup->Rss);
    promise(rollup->Pss <= rollup->Rss, "a share is no more than the whole");
    bounded(rollup->Pss_Anon.value_or(0));
    bounded(rollup->Private_Dirty.value_or(0));
  }
  if (const auto limits = parse_limits(text)) bounded(limits->max_open_files.value_or(0));
  if (const auto status = parse_status(text)) bounded(status->VmHWM.value_or(0));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  check_stat(text);
  check_net(text);
  check_process_files(text);
  if (const auto steal = parse_steal(text)) bounded(*steal);
  if (const auto pid = parse_last_pid(text)) promise(*pid >= 0, "the last pid is a pid");
  if (const auto files = parse_nr_open(text)) bounded(*files);
  return 0;
}
