#include "agent/machine_sample.h"

#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "base/log.h"
#include "emf/line_encoder.h"
#include "invocation/on_demand.h"
#include "invocation/sampler_options.h"
#include "invocation/sandbox_start.h"
#include "output/line_sink.h"
#include "sampling/sampler.h"

namespace vitals {

namespace {

using namespace std::chrono_literals;

constexpr auto window_length = 1s;
constexpr auto write_limit = 5s;
// No function waits for this sample: enough time for 100 GB.
constexpr auto pss_limit = 1s;

SamplerOptions whole_machine(const Settings& settings) {
  SamplerOptions options = sampler_options(settings);
  options.parent = 1;
  options.extension_directory.clear();
  options.guess_memory = true;  // its processes may be other users'
  return options;
}

// The machine has no runtime whose connections would show the end of an invocation: the caller ends it.
class MachineInstruments final : public Instruments {
 public:
  MachineInstruments(SamplerOptions options, const Clock& clock) : clock_(clock), sampler_(std::move(options), clock) {
    sampler_.allow_pss(pss_limit);
  }

  void read_counters(Sample& sample) override { sampler_.read_counters(sample); }
  void read_rest(Sample& sample) override { sampler_.read_rest(sample); }
  void read(Gauges& gauges) override { sampler_.read(gauges); }
  void read_gauges(Sample& sample) override {
    sample.at = clock_.now();
    sample.agent_cpu = own_cpu();
    sampler_.read(sample.gauges);
  }
  void allow_pss(std::chrono::nanoseconds /*cost*/) override {}
  std::optional<SteadyTime> end_at_invoke(SteadyTime /*now*/) override { return std::nullopt; }
  std::optional<SteadyTime> end_seen(SteadyTime /*now*/) override { return std::nullopt; }
  std::optional<SteadyTime> end_at_last(SteadyTime now) override { return now; }
  [[nodiscard]] std::optional<SteadyTime> next_look() const override { return std::nullopt; }
  std::optional<bool> oom_killed(bool /*alone*/) override { return std::nullopt; }
  [[nodiscard]] bool runtime_exited() override { return false; }
  [[nodiscard]] std::chrono::nanoseconds own_cpu() const override { return cpu_time_used(); }
  [[nodiscard]] Lifetime lifetime(bool /*quickly*/) const override { return {}; }
  void start_again() override {}
  [[nodiscard]] std::string new_sandbox_id() override { return random_id(); }

 private:
  const Clock& clock_;
  Sampler sampler_;
};

lambda::InvokeEvent invocation(const char* request_id) {
  lambda::InvokeEvent event;
  event.request_id = RequestId{request_id};
  return event;
}

class LineOf final : public RecordSink {
 public:
  explicit LineOf(const emf::Options& options) : encoder_(options) {}
  void write(const InvocationRecord& record) override { line = encoder_.encode(record); }
  void summarize(const InvocationRecord& record) override { write(record); }
  void write_summaries(std::int64_t /*time_ms*/) override {}

  std::string line;  // of the last record

 private:
  emf::LineEncoder encoder_;
};

// The record of the second of two invocations, because the first one also has the fields of an init.
std::string line_of_machine(Settings settings, const Clock& clock) {
  LineOf sink{settings.emf};
  settings.lines = {};  // this one line, whatever it holds
  MachineInstruments instruments{whole_machine(settings), clock};
  OnDemand life_cycle{settings, new_sandbox(settings), instruments, sink, clock.now()};
  life_cycle.on_invoke(invocation("before"), clock.now());
  life_cycle.on_invoke(invocation("sample"), clock.now());
  const SteadyTime end = clock.now().steady + window_length;
  for (auto tick = life_cycle.next_tick(clock.now()); tick && *tick < end; tick = life_cycle.next_tick(clock.now())) {
    std::this_thread::sleep_until(*tick);
    life_cycle.on_tick(clock.now());
  }
  std::this_thread::sleep_until(end);
  life_cycle.end(clock.now());
  return sink.line;
}

}  // namespace

int show_machine_sample(const Settings& settings, const Clock& clock, int output) {
  LineSink sink{output};
  sink.write(line_of_machine(settings, clock));
  sink.flush_for(write_limit);
  if (sink.take_lost() == 0 && !sink.pending()) return 0;
  log::error("cannot write the line to standard output; the exit status is 1");
  return 1;
}

}  // namespace vitals
