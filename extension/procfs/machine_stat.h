// /proc/stat: the CPU times of the whole machine since it started, added up over its CPUs.
// https://docs.kernel.org/filesystems/proc.html#miscellaneous-kernel-statistics-in-proc-stat
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace vitals::procfs {

// `steal`, in clock ticks: the time in which the machine was ready to run and its host ran something else. Errors:
// malformed: the first line is not that of all CPUs; missing: it is 0, which a kernel also shows if its host does not
// report it.
[[nodiscard]] Result<std::uint64_t> parse_steal(std::string_view text);

}  // namespace vitals::procfs
