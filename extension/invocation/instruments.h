// Instruments: what the agent reads of the sandbox: samples of /proc, and the runtime's connections that show the end
// of an invocation where no telemetry tells it. The edge to the operating system: a test or a fuzzer gives values of
// its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "invocation/sandbox_start.h"
#include "runtime_watch/runtime_observer.h"
#include "runtime_watch/runtime_process.h"
#include "sampling/kernel_kills.h"
#include "sampling/sampler.h"

namespace vitals {

// Not owned by those who read it: it must outlive them.
class Instruments {
 public:
  virtual ~Instruments() = default;

  // All counters and gauges, the two parts of that, or the gauges only, as sampling/sampler.h says.
  void read(Sample& sample) {
    read_counters(sample);
    read_rest(sample);
  }
  virtual void read_counters(Sample& sample) = 0;
  virtual void read_rest(Sample& sample) = 0;
  virtual void read(Gauges& gauges) = 0;

  // The gauges of now, and of the counters only this process's own time. The others stay as they are in `sample`.
  virtual void read_gauges(Sample& sample) = 0;

  // As sampling/sampler.h says.
  virtual void allow_pss(std::chrono::nanoseconds cost) = 0;

  // As runtime_watch/runtime_observer.h says: invoked(), observe(), at_last(), next().
  virtual std::optional<SteadyTime> end_at_invoke(SteadyTime now) = 0;
  virtual std::optional<SteadyTime> end_seen(SteadyTime now) = 0;
  virtual std::optional<SteadyTime> end_at_last(SteadyTime now) = 0;
  [[nodiscard]] virtual std::optional<SteadyTime> next_look() const = 0;

  // As sampling/kernel_kills.h says of since_last().
  virtual std::optional<bool> oom_killed(bool alone) = 0;

  // Whether the process that the platform started as the runtime has exited; its children may live on. False where that
  // cannot be known.
  [[nodiscard]] virtual bool runtime_exited() = 0;

  // The processor time of this process so far.
  [[nodiscard]] virtual std::chrono::nanoseconds own_cpu() const = 0;

  // A random id for a new sandbox; empty where there is none.
  [[nodiscard]] virtual std::string new_sandbox_id() = 0;
};

// Those of the sandbox that this process runs in.
class SandboxInstruments final : public Instruments {
 public:
  // `clock` must outlive this. Nothing is read yet.
  SandboxInstruments(SamplerOptions options, const runtime::ApiAddress& api, const Clock& clock)
      : clock_(clock), sampler_(std::move(options), clock), observer_(api) {}

  void read_counters(Sample& sample) override { sampler_.read_counters(sample); }
  void read_rest(Sample& sample) override { sampler_.read_rest(sample); }
  void read(Gauges& gauges) override { sampler_.read(gauges); }
  void read_gauges(Sample& sample) override {
    sample.at = clock_.now();
    sample.agent_cpu = own_cpu();
    sampler_.read(sample.gauges);
  }
  void allow_pss(std::chrono::nanoseconds cost) override { sampler_.allow_pss(cost); }
  std::optional<SteadyTime> end_at_invoke(SteadyTime now) override {
    runtime_.find(sampler_.first_function_process());
    return observer_.invoked(now, sampler_.extension_processes());
  }
  std::optional<SteadyTime> end_seen(SteadyTime now) override {
    return observer_.observe(now, sampler_.extension_processes());
  }
  std::optional<SteadyTime> end_at_last(SteadyTime now) override {
    return observer_.at_last(now, sampler_.extension_processes());
  }
  [[nodiscard]] std::optional<SteadyTime> next_look() const override { return observer_.next(); }
  [[nodiscard]] bool runtime_exited() override { return runtime_.has_exited(); }
  std::optional<bool> oom_killed(bool alone) override { return kills_.since_last(alone); }
  [[nodiscard]] std::chrono::nanoseconds own_cpu() const override { return cpu_time_used(); }
  [[nodiscard]] std::string new_sandbox_id() override { return random_id(); }

 private:
  const Clock& clock_;
  Sampler sampler_;
  KernelKills kills_;
  runtime::RuntimeObserver observer_;
  runtime::RuntimeProcess runtime_;
};

}  // namespace vitals
