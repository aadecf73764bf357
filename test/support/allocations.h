// Counts what is allocated: a program that links allocations.cpp has its own operator new.
#pragma once

#include <cstdint>

namespace bench {

// Calls of operator new by this program so far.
[[nodiscard]] std::uint64_t allocations();

}  // namespace bench
