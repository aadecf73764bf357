// What bench-driver measures of a program, as JSON; README of the members: bench-driver --help and docs/performance.md.
#pragma once

#include <nlohmann/json.hpp>

#include "host.h"
#include "options.h"

namespace bench {

using Json = nlohmann::ordered_json;

// Invokes as often as the options say and reports processor time, memory and, with --samples, each invocation.
[[nodiscard]] Json measure_invocations(Host& host, const Options& options);

// One invocation for each line of standard input, each with its sample on a line of standard output, until its end.
// Returns their number.
[[nodiscard]] int measure_paced(Host& host, const Options& options);

[[nodiscard]] Json measure_idle(Host& host, Nanoseconds time);

}  // namespace bench
