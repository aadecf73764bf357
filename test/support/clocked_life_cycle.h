// A life cycle whose calls have the time of a test's own clock.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "invocation/life_cycle.h"
#include "support/fake_instruments.h"

namespace vitals::test {

// Calls a function with every record that gets a line, and another with every one that is summarized.
class CallingSink final : public RecordSink {
 public:
  using Call = std::function<void(const InvocationRecord&)>;
  explicit CallingSink(Call call, Call summarize = {}) : call_(std::move(call)), summarize_(std::move(summarize)) {}
  void write(const InvocationRecord& record) override { call_(record); }
  void summarize(const InvocationRecord& record) override {
    if (summarize_) summarize_(record);
  }
  void write_summaries(std::int64_t time_ms) override { written_until_ms = time_ms; }

  std::int64_t written_until_ms = 0;  // of the last call

 private:
  Call call_;
  Call summarize_;
};

class ClockedLifeCycle {
 public:
  ClockedLifeCycle(LifeCycle& cycle, const FakeClock& clock) : cycle_(cycle), clock_(clock) {}

  void expect_telemetry() { cycle_.on_subscription(lambda::Subscription::active); }
  [[nodiscard]] bool is_repeated(const lambda::InvokeEvent& event) const { return cycle_.is_repeated(event); }
  void before_request() { cycle_.before_request(clock_.now()); }
  void on_invoke(const lambda::InvokeEvent& event) { cycle_.on_invoke(event, clock_.now()); }
  void on_telemetry(const lambda::TelemetryBatch& batch, const std::function<bool()>& event_arrived = {}) {
    cycle_.on_telemetry(batch, clock_.now(), event_arrived);
  }
  void on_shutdown(const lambda::ShutdownEvent& event) { cycle_.on_shutdown(event, clock_.now()); }
  [[nodiscard]] std::optional<SteadyTime> next_tick() const { return cycle_.next_tick(clock_.now()); }
  void on_tick() { cycle_.on_tick(clock_.now()); }
  [[nodiscard]] std::optional<SteadyTime> hold_until() const { return cycle_.hold_until(clock_.now()); }
  [[nodiscard]] std::optional<SteadyTime> reports_until() const { return cycle_.reports_until(clock_.now()); }
  [[nodiscard]] std::optional<SteadyTime> exit_deadline() const { return cycle_.exit_deadline(); }
  void release() { cycle_.release(clock_.now()); }
  void end() { cycle_.end(clock_.now()); }

 private:
  LifeCycle& cycle_;
  const FakeClock& clock_;
};

}  // namespace vitals::test
