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

// The setting that the deadline and the start of one invocation show, both by the platform's clock. Absent: no whole
// number of seconds is close enough.
[[nodiscard]] std::optional<std::chrono::seconds> timeout_setting(WallTime deadline, WallTime start);

class FunctionTimeout {
 public:
  // An INVOKE has arrived. `since_last`: the time since the INVOKE before it, or since the first event was requested.
  void on_invoke(const std::optional<WallTime>& deadline, const TimePoint& arrived,
                 std::chrono::nanoseconds since_last);

  // A platform.start has the time `start`, and an invocation with its request id has that deadline. With retries it may
  // be another attempt's.
  void on_start(WallTime deadline, WallTime start);

  // The same, of the attempt that has this deadline.
  void on_own_start(const std::optional<WallTime>& deadline, WallTime start);

  // An emulator runs the function: nothing freezes, and deadlines come from the clock that this process reads.
  void on_emulator() { emulated_ = true; }

  // The setting, if it is certain: from an own start, or under an emulator from an INVOKE that cannot have come a
  // second late, or from two that agree.
  [[nodiscard]] std::optional<std::chrono::seconds> setting() const {
    return of_start_ || !emulated_ ? of_start_ : of_invoke_;
  }

  // The best estimate: from the own start, else inferred from the deadline of the first INVOKE.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> estimate() const { return estimate_; }

  // Proven: two starts agree on it.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> proven() const { return proven_; }

 private:
  void read_setting(std::chrono::nanoseconds left, bool is_first, std::chrono::nanoseconds since_last);

  enum class Source : std::uint8_t { none, deadline, start };
  struct Vote {
    WallTime start;
    std::chrono::nanoseconds timeout;
  };

  std::optional<std::chrono::nanoseconds> estimate_;
  Source source_ = Source::none;  // of the estimate
  bool invoked_ = false;
  bool emulated_ = false;
  std::optional<std::chrono::seconds> of_start_;      // the setting
  std::optional<std::chrono::seconds> of_invoke_;     // likewise, as it is certain under an emulator
  std::optional<std::chrono::seconds> last_reading_;  // of the newest INVOKE but the first
  std::optional<std::chrono::nanoseconds> proven_;
  std::array<std::optional<Vote>, 4> votes_;  // the last ones
  std::size_t next_vote_ = 0;
};

}  // namespace vitals
