// ChildrenTime: the processor time of children that came and went between two looks, finer than the clock tick. Pure.
//
// The kernel keeps the time of the children that a process has waited for in nanoseconds, but shows it only as cutime
// and cstime, each cut off to a tick of 10 ms: a staircase under the true curve, at most two ticks below it. (The other
// ways to it are closed to an unprivileged process: taskstats and process accounting want capabilities, getrusage and
// times tell of one's own children only, /proc/schedstat and cgroup accounting hold more than the function and are
// not there in every sandbox.) Beside it the kernel shows exactly how many page faults those children had: cminflt.
// Short children of the same kind have the same number of faults and use the same time, so the true curve over the
// faults is close to a straight line, and every look narrows down where that line can run: it has to pass between the
// staircase and two ticks above it at every look. After some dozen looks what is left between the lowest and the
// highest such line is a fraction of a millisecond. Children of different kinds bend the line; then the older looks are
// dropped until there is a line again, and the value is never farther off than the staircase itself allows.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace vitals {

class ChildrenTime {
 public:
  // How many looks are remembered: 24 bytes each, only for processes that have had children.
  static constexpr std::size_t max_points = 24;
  // Time per page fault where nothing is known yet, ns: that of a short command (0.7 ms and 130 faults for /bin/true).
  static constexpr double usual_slope = 5000;

  // One look: the page faults of the children so far, which never fall, and the bounds that the ticks give for their
  // time. `growth` is what they are known to have used at least since the last look. Returns the estimate of their
  // time, which never falls.
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
    bool rising;  // the looks prove that the line rises, so its slope is not a mere guess
  };
  [[nodiscard]] Range range_at_newest() const;
  void add(const Point& point);
  void thin_out();

  std::vector<Point> points_;
  double last_faults_ = 0;
  bool slope_known_ = false;
  double slope_ = usual_slope;  // ns per fault, as far as is known
  std::chrono::nanoseconds estimate_{};
};

}  // namespace vitals
