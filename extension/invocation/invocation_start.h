// How long after an invocation's start its INVOKE reached the extension, and what that puts in doubt. Pure.
//
// INVOKE can reach the extension late: the CPU was not free, or the platform was slow. What the function did meanwhile
// was not sampled. The platform reveals the start by its own clock: the deadline in INVOKE is the start plus the
// function's timeout (function_timeout.h), and platform.start has the start itself. Both are truncated to milliseconds,
// so a lateness is up to 1 ms too long.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace vitals {

// How much CPU time a function may have used in `late`, at most: all CPUs that its threads can use, or what the quota
// of its cgroup allows in that time and one period (20 ms in Lambda). `vcpus`: the processors, or less by the quota.
[[nodiscard]] std::chrono::nanoseconds cpu_at_risk(std::chrono::nanoseconds late, std::uint64_t threads,
                                                   double processors, double vcpus);

// The platform's times are truncated to it.
inline constexpr std::chrono::nanoseconds platform_clock_step = std::chrono::milliseconds{1};

// A lateness that the platform's times show, or 0 where it cannot be: an invocation does not start before `since_last`.
[[nodiscard]] std::chrono::nanoseconds possible_lateness(std::chrono::nanoseconds late,
                                                         std::chrono::nanoseconds since_last);

// How long the function may have run before this extension did, as far as its CPU time is concerned. INVOKE reaches
// both at the same moment, so that is mostly what this extension waited for the CPU: `waited`, since INVOKE arrived in
// the sandbox. When INVOKE itself was late (`late`, from the invocation's start until now) by more than the platform's
// truncated times can make up, the function may have had it before.
[[nodiscard]] std::chrono::nanoseconds head_start(std::chrono::nanoseconds late, std::chrono::nanoseconds waited);

// How late `arrived` is after the start of the invocation with that deadline. `since_last`: the time since the INVOKE
// before it, or since the first event was requested, before which it cannot have started. 0 where it cannot be known:
// no deadline, no timeout, a wall clock that disagrees, as after a thaw, or an emulator that counts the init phase in
// (the Runtime Interface Emulator at the first invocation).
[[nodiscard]] std::chrono::nanoseconds lateness(const std::optional<std::chrono::nanoseconds>& timeout,
                                                const std::optional<WallTime>& deadline, const TimePoint& arrived,
                                                std::chrono::nanoseconds since_last);

}  // namespace vitals
