// InFlight: the concurrent invocations on Managed Instances, from platform.start and platform.report. Telemetry may
// come in any order, twice or never; memory is bounded.
//
//   platform.start  --> InFlight --> Flight: the values of the invocation's line
//   platform.report -->
//
// A request id names an invocation and its retries, which may run in the same environment. An event that was created
// after the end of an attempt belongs to the next one; any other is a duplicate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/identifier.h"
#include "lambda/telemetry_events.h"

namespace vitals {

// An invocation. Without a report it has not ended yet.
struct Flight {
  RequestId request_id;
  Text<64> trace_id;
  Text<128> version;
  Text<128> tenant_id;
  std::uint64_t number = 0;         // in the order of platform.start; 0: there was none
  std::optional<WallTime> started;  // platform.start
  std::uint32_t concurrency = 0;    // in flight when it started, itself included; 0: not known
};

class InFlight {
 public:
  // An environment runs 1,600 at most. The oldest ones beyond this count as ended without a report.
  static constexpr std::size_t max_flights = 2048;
  // Reports whose start is late.
  static constexpr std::size_t max_early = 64;
  static constexpr std::chrono::seconds early_wait{1};
  // A duplicate end is recognized among this many.
  static constexpr std::size_t max_ended = 1024;
  // Lambda's longest timeout is 15 minutes: a report that is not here by then is lost.
  static constexpr std::chrono::minutes longest_flight{16};

  // Called with an invocation that has ended: with its report, or null if none will come. Both are valid only during
  // the call.
  using Over = std::function<void(const Flight& flight, const lambda::TelemetryEvent* report)>;

  explicit InFlight(Over over) : over_(std::move(over)) {}

  // Takes platform.start or platform.report, at `now`.
  void start(const lambda::TelemetryEvent& event, const TimePoint& now);
  void report(const lambda::TelemetryEvent& event, const TimePoint& now);

  // The platform dropped telemetry: the number in flight is not known until all that may be affected have ended.
  void lost_telemetry() { doubtful_before_ = next_number_; }

  // Gives up invocations and reports that waited too long. Due at due().
  void expire(const TimePoint& now);
  [[nodiscard]] std::optional<SteadyTime> due() const;

  // No telemetry will come: all remaining invocations have ended.
  void release();

  [[nodiscard]] std::size_t size() const { return flights_.size(); }
  [[nodiscard]] bool empty() const { return flights_.empty(); }
  [[nodiscard]] const std::vector<Flight>& flights() const { return flights_; }

  // How many were given up because there were too many.
  [[nodiscard]] std::uint64_t evicted() const { return evicted_; }

 private:
  struct Early {
    lambda::TelemetryEvent report;
    SteadyTime arrived;
  };
  struct Ended {
    std::optional<WallTime> started;
    std::optional<WallTime> at;  // platform.report; absent: it was given up, and later events are ignored
  };

  [[nodiscard]] std::optional<std::size_t> find(const RequestId& id, std::size_t hash) const;
  [[nodiscard]] bool has_ended(std::size_t hash, const std::optional<WallTime>& time) const;
  [[nodiscard]] std::uint32_t concurrency_at(WallTime started);
  void count_for_others(WallTime started);
  void take_off(std::size_t at, const lambda::TelemetryEvent* report, std::optional<WallTime> ended);
  void over(const Flight& flight, const lambda::TelemetryEvent* report, std::optional<WallTime> ended);
  void over_without_start(const lambda::TelemetryEvent& report);
  void evict_oldest();

  Over over_;
  std::vector<Flight> flights_;      // in no order
  std::vector<std::size_t> hashes_;  // of their request ids
  std::vector<Early> early_;         // oldest first
  std::vector<Ended> ended_;         // the last max_ended, a ring
  std::vector<std::size_t> ended_hashes_;
  std::size_t next_ended_ = 0;
  std::uint64_t next_number_ = 1;
  std::uint64_t doubtful_before_ = 0;
  std::uint64_t evicted_ = 0;
};

}  // namespace vitals
