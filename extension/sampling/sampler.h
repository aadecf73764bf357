// Sampler: samples the sandbox through /proc. The function's processes are the strict descendants of this extension's
// parent, without this extension and without other extensions.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "sampling/sample.h"

namespace vitals {

struct SamplerOptions {
  std::string proc_root = "/proc";
  std::string tmp_path = "/tmp";
  std::vector<std::string> network_interfaces;          // empty: choose by the default route
  pid_t self = 0;                                       // this extension; 0: getpid()
  pid_t parent = 0;                                     // the sandbox's init; 0: getppid()
  std::string extension_directory = "/opt/extensions";  // whose plain files the platform starts; empty: no platform
  bool guess_memory = false;  // report the memory of several processes together even if it is in doubt
  // Files that are read for only one value, and not at all if nobody needs the value. It is absent then.
  bool disk_bytes = true;        // /proc/PID/io: Totals::read_bytes and write_bytes
  bool high_water_marks = true;  // /proc/PID/status: Sample::processes
  bool cpu_wait = true;          // /proc/PID/schedstat: Sample::waits
  // /proc/PID/task/TID/schedstat, too, for processes with several threads: 5 µs a thread in each sample of the
  // counters.
  bool cpu_wait_of_threads = false;
  // The plain counters that are read.
  struct Counters {
#define VITALS_COUNTER(counter, type, field, when) bool counter = true;
#include "sampling/measures.def"
  } counters;
};

class Sampler {
 public:
  // `clock` must outlive the sampler. Nothing is read yet.
  Sampler(SamplerOptions options, const Clock& clock);
  ~Sampler();
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  // Forgets all that was read, and opens every file again.
  void start_again();

  // Reads the counters and gauges, as close to one moment as possible, into `sample` (whose vectors are reused).
  // Processes that exit meanwhile are left out; a value that cannot be read is absent. Never fails.
  void read(Sample& sample);
  // CPU time of this process that may be spent on Pss from now on (sampling/resident_memory.h). At first: none.
  void allow_pss(std::chrono::nanoseconds cost);

  // The two parts of it, in this order.
  void read_counters(Sample& sample);
  void read_rest(Sample& sample);

  // Reads only the gauges, cheaply: inside a window, and at the start of one whose counters are known.
  void read(Gauges& gauges);

  // The oldest of the function's processes at the last read, which the platform started as the runtime.
  [[nodiscard]] std::optional<pid_t> first_function_process() const;

  // The other extensions' processes at the last read. Valid until the next call.
  const std::vector<pid_t>& extension_processes();

 private:
  struct State;
  SamplerOptions options_;
  const Clock& clock_;
  std::unique_ptr<State> state_;
};

}  // namespace vitals
