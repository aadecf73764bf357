// CpuTime: CPU time as user and system time, which always add up to the total. Pure.
//
// The kernel shows the total in nanoseconds (the process's clock) but its parts in clock ticks of 10 ms, truncated. The
// total is therefore larger than the sum of the parts. The difference is distributed to them: in the proportion of the
// ticks, less than one tick for each.
#pragma once

#include <chrono>
#include <cstdint>

namespace vitals {

struct CpuTime {
  std::chrono::nanoseconds user{};
  std::chrono::nanoseconds system{};

  [[nodiscard]] std::chrono::nanoseconds total() const { return user + system; }
  CpuTime& operator+=(const CpuTime& other) {
    user += other.user;
    system += other.system;
    return *this;
  }
  friend CpuTime operator+(CpuTime left, const CpuTime& right) { return left += right; }
  friend bool operator==(const CpuTime&, const CpuTime&) = default;
};

// Splits `total`. `ticks` is what the kernel counted of it in whole ticks of length `tick`; it exceeds `total` at most
// by the moment between the two readings. A process without a whole tick counts as user mode, as in the kernel itself.
[[nodiscard]] CpuTime split(std::chrono::nanoseconds total, const CpuTime& ticks, std::chrono::nanoseconds tick);

// What was used between two readings of the same process: exactly the growth of the total, with parts that add up to
// it. Zero if the total did not grow.
[[nodiscard]] CpuTime growth(const CpuTime& from, const CpuTime& to);

}  // namespace vitals
