// ChildrenTime: the CPU time of children that started and ended between two samples, finer than the clock tick. Pure.
//
// The kernel keeps the time of the children that a process has waited for in nanoseconds, but shows it only as cutime
// and cstime, each truncated to a tick of 10 ms: a staircase under the true curve, at most two ticks below it. (Other
// sources are not available to an unprivileged process: taskstats and process accounting need capabilities, getrusage
// and times report only one's own children, /proc/schedstat and cgroup accounting include more than the function and do
// not exist in every sandbox.) The kernel also shows exactly how many page faults those children had: cminflt. Short
// children of the same kind have the same number of faults and use the same time, so the true curve over the faults is
// close to a straight line. Every sample narrows the range of that line: it has to pass between the staircase and two
// ticks above it at every sample. After some dozen samples the difference between the lowest and the highest such line
// is a fraction of a millisecond. Children of different kinds bend the line; then the older samples are dropped until
// there is a line again, and the error is never larger than that of the staircase itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace vitals {

class ChildrenTime {
 public:
  // How many samples are kept: 24 bytes each, only for processes that have had children.
  static constexpr std::size_t max_points = 24;
  // Time per page fault before anything is known, ns: that of a short command (0.7 ms and 130 faults for /bin/true).
  static constexpr double usual_slope = 5000;

  // One sample: the page faults of the children so far, which never decrease, and the bounds of their time from the
  // ticks. `growth` is the least that they have used since the last sample. Returns the estimate of their time, which
  // never decreases.
  std::chrono::nanoseconds update(std::uint64_t faults, std::chrono::nanoseconds low, std::chrono::nanoseconds high,
                                  std::chrono::nanoseconds growth);

  [[nodiscard]] std::chrono::nanoseconds estimate() const { return estimate_; }

 private:
  struct Point {
    double faults;
    double low;   // ns
    double high;  // ns
  };
  struct Range {
    double low;
    double high;
    bool rising;  // the samples prove that the line rises, so its slope is not a guess
  };
  [[nodiscard]] Range range_at_newest() const;
  void add(const Point& point);
  void thin_out();

  std::vector<Point> points_;
  double last_faults_ = 0;
  bool slope_known_ = false;
  double slope_ = usual_slope;  // ns per fault, best estimate
  std::chrono::nanoseconds estimate_{};
};

}  // namespace vitals
