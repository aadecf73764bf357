// CpuTime: processor time as user and system time, which always add up to the total. Pure.
//
// The kernel tells the total in nanoseconds (the process's clock) but its parts in clock ticks of 10 ms, cut off. Both
// parts together miss what the total has more, and each misses less than one tick, so that remainder is shared out
// between them: in the proportion of the ticks, within one tick for each.
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

// Splits `total`. `ticks` is what the kernel counted of it in whole ticks of length `tick`, not beyond `total` but by
// the moment between the two readings. A process without a single whole tick is taken to have run in user mode, as the
// kernel itself takes it.
[[nodiscard]] CpuTime split(std::chrono::nanoseconds total, const CpuTime& ticks, std::chrono::nanoseconds tick);

// What was used between two readings of the same thing: exactly the growth of the total, parts kept within it. Zero
// when the total did not grow.
[[nodiscard]] CpuTime growth(const CpuTime& from, const CpuTime& to);

}  // namespace vitals
