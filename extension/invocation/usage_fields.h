// The fields that an invocation's and an environment's line have in common: what was used between two samples, and the
// extremes in between.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "invocation/sandbox_state.h"
#include "record/invocation_record.h"
#include "sampling/usage.h"

namespace vitals {

#if defined(__x86_64__)
inline constexpr std::string_view architecture = "x86_64";
#elif defined(__aarch64__)
inline constexpr std::string_view architecture = "arm64";
#else
#error "Lambda has only x86_64 and arm64"
#endif

// A larger number is not exact for readers of the line.
inline constexpr std::int64_t max_exact = std::int64_t{1} << 53;

// Absent if the value is absent, or too large to be exact.
void set_megabytes(InvocationRecord& record, Field field, std::optional<std::uint64_t> bytes);
void set_count(InvocationRecord& record, Field field, std::optional<std::uint64_t> count);
void set_duration(InvocationRecord& record, Field field, std::optional<std::chrono::nanoseconds> duration);

// Of a sandbox's first record: what its runtime is.
void set_runtime(InvocationRecord& record, const SandboxState& sandbox);

// Rounded once, so that the total on the line is the sum of its parts, too.
void set_cpu_times(InvocationRecord& record, const Usage& usage);
// Page faults, storage, network, the CPU time of extensions, and the plain counters of sampling/measures.def.
void set_counters(InvocationRecord& record, const Usage& usage);
// Values that do not change: the size of /tmp, the limit of descriptors.
void set_limits(InvocationRecord& record, const Peaks& peaks);
void set_gauges(InvocationRecord& record, const Peaks& peaks);
void set_agent(InvocationRecord& record, const Peaks& peaks);

}  // namespace vitals
