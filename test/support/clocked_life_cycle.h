// A life cycle whose calls have the time of a test's own clock.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "invocation/life_cycle.h"
#include "support/fake_instruments.h"

namespace vitals::test {

// Calls a function with every record.
class CallingSink final : public RecordSink {
 public:
  explicit CallingSink(std::function<void(const InvocationRecord&)> call) : call_(std::move(call)) {}
  void write(const InvocationRecord& record) override { call_(record); }

 private:
  std::function<void(const InvocationRecord&)> call_;
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
