// FunctionTimeout: the function's timeout setting, which no API reports. It is the deadline of an invocation less its
// start. It is a whole number of seconds, at most 15 minutes, and the same for every invocation of a sandbox. Pure.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace vitals {

// Lambda's longest timeout.
inline constexpr std::chrono::minutes longest_timeout{15};

// How far a platform.start may be from its deadline less the timeout. Retries come a minute after the first attempt.
inline constexpr std::chrono::milliseconds start_tolerance{500};

class FunctionTimeout {
 public:
  // An INVOKE has arrived. `since_last`: the time since the INVOKE before it, or since the first event was requested.
  void on_invoke(const std::optional<WallTime>& deadline, const TimePoint& arrived,
                 std::chrono::nanoseconds since_last);

  // A platform.start was made at `start`, and an invocation with its request id has that deadline. With retries it may
  // be another attempt's.
  void on_start(WallTime deadline, WallTime start);

  // The same, of the attempt that has this deadline.
  void on_own_start(const std::optional<WallTime>& deadline, WallTime start);

  // The best estimate: of the own start, else inferred from the deadline of the first INVOKE.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> estimate() const { return estimate_; }

  // Proven: two starts agree on it.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> proven() const { return proven_; }

 private:
  enum class Source : std::uint8_t { none, deadline, start };
  struct Vote {
    WallTime start;
    std::chrono::nanoseconds timeout;
  };

  std::optional<std::chrono::nanoseconds> estimate_;
  Source source_ = Source::none;  // of the estimate
  bool invoked_ = false;
  std::optional<std::chrono::nanoseconds> proven_;
  std::array<std::optional<Vote>, 4> votes_;  // the last ones
  std::size_t next_vote_ = 0;
};

}  // namespace vitals
