// Instruments and a clock with the values of a test.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "invocation/instruments.h"
#include "support/history.h"

namespace vitals::test {

class FakeClock final : public Clock {
 public:
  // Both clocks go on together.
  void advance(std::chrono::nanoseconds by) {
    time_.wall += by;
    time_.steady += by;
  }
  // The wall clock alone is set.
  void set_wall(WallTime wall) { time_.wall = wall; }
  [[nodiscard]] TimePoint now() const override { return time_; }

 private:
  TimePoint time_ = at_ms(0);
};

class FakeInstruments : public Instruments {
 public:
  explicit FakeInstruments(const Clock& clock) : clock_(clock) {}

  Sample next;  // the next sample, except its time
  std::optional<SteadyTime> end;
  bool runtime_gone = false;
  std::chrono::nanoseconds look_pause = std::chrono::milliseconds{100};  // between two looks at the connections
  std::chrono::nanoseconds gauge_cost{};
  std::chrono::nanoseconds look_cost{};  // at the connections
  std::chrono::nanoseconds cpu{};
  std::optional<bool> killed = false;  // by the kernel, since the last sample
  int kill_looks = 0;
  std::chrono::nanoseconds pss_allowed{};
  std::optional<std::uint64_t> process_started = 1;  // clock ticks
  std::chrono::nanoseconds slept{};                  // by the machine, which the steady clock does not count
  int restarts = 0;
  int ids = 0;  // so many sandbox ids were given
  int samples = 0;
  int gauge_looks = 0;
  int connection_looks = 0;

  void read_counters(Sample& sample) override {
    ++samples;
    sample = next;
    sample.at = clock_.now();
  }
  void read_rest(Sample& sample) override {
    sample.gauges = next.gauges;
    sample.gauges.at = clock_.now().steady;
  }
  void read(Gauges& gauges) override {
    ++gauge_looks;
    cpu += gauge_cost;
    gauges = next.gauges;
    gauges.at = clock_.now().steady;
  }
  void read_gauges(Sample& sample) override {
    sample.at = clock_.now();
    sample.agent_cpu = own_cpu();
    read(sample.gauges);
  }
  void allow_pss(std::chrono::nanoseconds cost) override { pss_allowed = cost; }
  std::optional<SteadyTime> end_at_invoke(SteadyTime now) override {
    last_look_ = now;
    return std::exchange(end, std::nullopt);
  }
  std::optional<SteadyTime> end_seen(SteadyTime now) override {
    last_look_ = now;
    ++connection_looks;
    cpu += look_cost;
    return std::exchange(end, std::nullopt);
  }
  std::optional<SteadyTime> end_at_last(SteadyTime) override { return std::exchange(end, std::nullopt); }
  [[nodiscard]] std::optional<SteadyTime> next_look() const override { return last_look_ + look_pause; }
  [[nodiscard]] bool runtime_exited() override { return runtime_gone; }
  std::optional<bool> oom_killed(bool) override {
    ++kill_looks;
    return std::exchange(killed, false);
  }
  [[nodiscard]] std::chrono::nanoseconds own_cpu() const override { return cpu; }
  [[nodiscard]] Lifetime lifetime(bool quickly) const override {
    const SteadyTime now = clock_.now().steady;
    return {quickly ? std::nullopt : process_started, cpu, now, now.time_since_epoch() + slept};
  }
  void start_again() override { ++restarts; }
  [[nodiscard]] std::string new_sandbox_id() override { return "sandbox-" + std::to_string(++ids); }

 private:
  const Clock& clock_;
  SteadyTime last_look_{};
};

}  // namespace vitals::test
