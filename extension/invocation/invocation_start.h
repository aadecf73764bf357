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

// The most CPU time that a function can have used in `late`: all CPUs that its threads can use, or what the quota of
// its cgroup allows in that time and one period (20 ms in Lambda). `vcpus`: the number of CPUs, or less with a quota.
[[nodiscard]] std::chrono::nanoseconds cpu_at_risk(std::chrono::nanoseconds late, std::uint64_t threads,
                                                   double processors, double vcpus);

// The resolution of the platform's times.
inline constexpr std::chrono::nanoseconds platform_clock_step = std::chrono::milliseconds{1};

// `late` if it is possible, else 0: an invocation does not start before `since_last`.
[[nodiscard]] std::chrono::nanoseconds possible_lateness(std::chrono::nanoseconds late,
                                                         std::chrono::nanoseconds since_last);

// How long the function may have used the CPU before this extension did. INVOKE reaches both at the same moment, so
// that is mostly the time `waited` that this extension waited for the CPU after INVOKE had arrived in the sandbox. If
// INVOKE itself was late (`late`, from the invocation's start until now) by more than the platform's truncated times
// can explain, the function may have had it earlier.
[[nodiscard]] std::chrono::nanoseconds head_start(std::chrono::nanoseconds late, std::chrono::nanoseconds waited);

// How late `arrived` is after the start of the invocation with that deadline. `since_last`: the time since the INVOKE
// before it, or since the first event was requested, before which it cannot have started. 0 if it is not known: no
// deadline, no timeout, a wrong wall clock, as after a thaw, or an emulator that includes the init phase (the Runtime
// Interface Emulator at the first invocation).
[[nodiscard]] std::chrono::nanoseconds lateness(const std::optional<std::chrono::nanoseconds>& timeout,
                                                const std::optional<WallTime>& deadline, const TimePoint& arrived,
                                                std::chrono::nanoseconds since_last);

}  // namespace vitals
