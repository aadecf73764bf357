// Instruments: what a life cycle reads of the sandbox: samples of /proc, and the runtime's connections, which show the
// end of an invocation without telemetry. It is the interface to the operating system: a test or a fuzzer supplies its
// own values.
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
#include "sampling/lifetime.h"
#include "sampling/sampler.h"

namespace vitals {

// Its users do not own it: it must outlive them.
class Instruments {
 public:
  virtual ~Instruments() = default;

  // All counters and gauges, the two parts of that, or only the gauges: see sampling/sampler.h.
  void read(Sample& sample) {
    read_counters(sample);
    read_rest(sample);
  }
  virtual void read_counters(Sample& sample) = 0;
  virtual void read_rest(Sample& sample) = 0;
  virtual void read(Gauges& gauges) = 0;

  // The gauges now, and of the counters only this process's own time. The others stay unchanged in `sample`.
  virtual void read_gauges(Sample& sample) = 0;

  // See sampling/sampler.h.
  virtual void allow_pss(std::chrono::nanoseconds cost) = 0;

  // See runtime_watch/runtime_observer.h: invoked(), observe(), at_last(), next().
  virtual std::optional<SteadyTime> end_at_invoke(SteadyTime now) = 0;
  virtual std::optional<SteadyTime> end_seen(SteadyTime now) = 0;
  virtual std::optional<SteadyTime> end_at_last(SteadyTime now) = 0;
  [[nodiscard]] virtual std::optional<SteadyTime> next_look() const = 0;

  // See since_last() in sampling/kernel_kills.h.
  virtual std::optional<bool> oom_killed(bool own_machine) = 0;

  // Whether the process that the platform started as the runtime has exited; its children may continue. False if that
  // is not known.
  [[nodiscard]] virtual bool runtime_exited() = 0;

  // CPU time of this process so far.
  [[nodiscard]] virtual std::chrono::nanoseconds own_cpu() const = 0;

  // As sampling/lifetime.h says: read_lifetime(), or with `quickly` read_clocks().
  [[nodiscard]] virtual Lifetime lifetime(bool quickly) const = 0;

  // This process was restored from a snapshot: what was read before is of another machine, and forgotten.
  virtual void start_again() = 0;

  // A random id for a new sandbox; empty if there is none.
  [[nodiscard]] virtual std::string new_sandbox_id() = 0;
};

// The instruments of the sandbox in which this process runs.
class SandboxInstruments final : public Instruments {
 public:
  // `clock` must outlive this. Reads nothing yet.
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
  std::optional<bool> oom_killed(bool own_machine) override { return kills_.since_last(own_machine); }
  [[nodiscard]] std::chrono::nanoseconds own_cpu() const override { return cpu_time_used(); }
  [[nodiscard]] Lifetime lifetime(bool quickly) const override { return quickly ? read_clocks() : read_lifetime(); }
  void start_again() override {
    sampler_.start_again();
    runtime_ = {};
  }
  [[nodiscard]] std::string new_sandbox_id() override { return random_id(); }

 private:
  const Clock& clock_;
  Sampler sampler_;
  KernelKills kills_;
  runtime::RuntimeObserver observer_;
  runtime::RuntimeProcess runtime_;
};

}  // namespace vitals
