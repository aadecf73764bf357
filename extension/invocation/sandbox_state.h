// SandboxState: what is known of the sandbox beyond one invocation: its function, its init, its high-water mark.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "config/settings.h"
#include "lambda/telemetry_events.h"
#include "sampling/sample.h"

namespace vitals {

struct SandboxState {
  std::string id;                   // random, from the first INVOKE on: a snapshot has none
  FunctionInfo function;            // from the environment
  double processors = 1;            // CPUs on which this process may run
  double vcpus = 1;                 // the same, limited by the quota of its cgroups
  std::string initialization_type;  // from the environment, else from platform.initStart

  // From telemetry, for the first record.
  std::optional<std::chrono::nanoseconds> init_duration;
  std::optional<std::chrono::nanoseconds> restore_duration;
  std::string runtime_version;

  std::string availability_zone;  // from the metadata endpoint, once that has answered

  // Whether the runtime is one of durable functions, which its version alone reveals.
  [[nodiscard]] bool is_durable() const { return runtime_version.find("DurableFunction") != std::string::npos; }

  bool restored = false;  // a restore from a snapshot was seen

  // Whether this sandbox continues from a snapshot. Its init ran when the snapshot was taken, and not in this sandbox:
  // the platform delivers the telemetry of that init again after the restore.
  [[nodiscard]] bool is_from_snapshot() const { return restored || initialization_type == snap_start; }

  // Takes init and restore events.
  void apply(const lambda::TelemetryEvent& event);

  // It was restored: what was learned before is of another sandbox.
  void start_again();

  void add(const Gauges& gauges);

  // The function's share of the CPUs: what its memory size allots, if known.
  [[nodiscard]] double allotted() const;

  // The largest resident memory of all processes in the sandbox so far, bytes. Also absent if a moment in doubt may
  // have had more.
  [[nodiscard]] std::optional<std::uint64_t> resident_high_water() const;

 private:
  std::optional<std::uint64_t> resident_seen_;
  std::optional<std::uint64_t> resident_bound_;
};

// The CPU time that Lambda allots to a memory size, in vCPUs: 1,769 MB are one vCPU, and no more than `vcpus` can be
// used. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
[[nodiscard]] double allotted_vcpus(std::int64_t memory_mb, double vcpus);

}  // namespace vitals
