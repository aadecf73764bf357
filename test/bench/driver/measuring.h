// What bench-driver measures of a program, as JSON. Members whose names end in _ns are nanoseconds.
#pragma once

#include <nlohmann/json.hpp>

#include "host.h"
#include "options.h"

namespace bench {

using Json = nlohmann::ordered_json;

// Invokes as often as the options say and reports processor time, memory and, with --samples, each invocation.
[[nodiscard]] Json measure_invocations(Host& host, const Options& options);

// One invocation for each line of standard input, each with its sample on a line of standard output, until its end. A
// number on the line is the invocation's place in the sequences of --cpu-quota. Returns how many there were.
[[nodiscard]] int measure_paced(Host& host, const Options& options);

[[nodiscard]] Json measure_idle(Host& host, Nanoseconds time);

}  // namespace bench
