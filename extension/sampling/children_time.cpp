#include "sampling/children_time.h"

#include <algorithm>

namespace vitals {

using std::chrono::nanoseconds;

namespace {

// If the range is at most this wide (ns), its middle is used; otherwise the slope so far is more exact.
constexpr double narrow = 2e6;

// The height at `x` of the line through two points.
double line_at(double x, double x1, double y1, double x2, double y2) {
  return y2 + (y2 - y1) / (x2 - x1) * (x - x2);
}

}  // namespace

nanoseconds ChildrenTime::update(std::uint64_t faults, nanoseconds low, nanoseconds high, nanoseconds growth) {
  const Point point{static_cast<double>(faults), static_cast<double>(low.count()), static_cast<double>(high.count())};
  add(point);
  Range range = range_at_newest();
  while (range.low > range.high && points_.size() > 2) {
    // No line passes through all points any more: keep the newer half.
    points_.erase(points_.begin(), points_.begin() + static_cast<std::ptrdiff_t>((points_.size() + 1) / 2));
    range = range_at_newest();
  }
  const double known = static_cast<double>((estimate_ + growth).count());
  const double expected = static_cast<double>(estimate_.count()) + (point.faults - last_faults_) * slope_;
  double value = std::clamp(std::max(expected, known), range.low, std::max(range.low, range.high));
  if (range.rising) {
    const Point& first = points_.front();
    const double middle = (range.low + range.high) / 2;
    slope_ = std::max(0.0, (middle - (first.low + first.high) / 2) / (point.faults - first.faults));
    if (!slope_known_ || range.high - range.low <= narrow) value = middle;
    slope_known_ = true;
  }
  last_faults_ = point.faults;
  estimate_ = std::max({estimate_ + growth, low, nanoseconds{static_cast<std::int64_t>(value)}});
  return estimate_;
}

void ChildrenTime::add(const Point& point) {
  if (!points_.empty() && points_.back().faults >= point.faults) {
    // The same children as at the last sample, so both bounds apply.
    Point& last = points_.back();
    last.low = std::max(last.low, point.low);
    last.high = std::max(last.low, std::min(last.high, point.high));
    return;
  }
  if (points_.size() == max_points) thin_out();
  if (points_.capacity() == 0) points_.reserve(max_points);
  points_.push_back(point);
}

// Removes every other point of the older half. The oldest stays, because a long line has the most exact slope.
void ChildrenTime::thin_out() {
  std::size_t kept = 1;
  for (std::size_t i = 2; i < points_.size(); ++i) {
    if (i % 2 == 0 || i >= points_.size() / 2) points_[kept++] = points_[i];
  }
  points_.resize(kept);
}

// The lowest and the highest that a rising line can be at the newest point and still pass through every point's bounds:
// the highest comes from below one point and touches the upper bound of a later one, the lowest likewise from above.
ChildrenTime::Range ChildrenTime::range_at_newest() const {
  const Point& newest = points_.back();
  Range range{newest.low, newest.high, false};
  for (std::size_t j = 1; j < points_.size(); ++j) {
    const Point& later = points_[j];
    for (std::size_t i = 0; i < j; ++i) {
      const Point& earlier = points_[i];
      if (later.low > earlier.high) range.rising = true;
      if (j + 1 == points_.size()) continue;
      range.high = std::min(range.high, line_at(newest.faults, earlier.faults, earlier.low, later.faults, later.high));
      range.low = std::max(range.low, line_at(newest.faults, earlier.faults, earlier.high, later.faults, later.low));
    }
  }
  return range;
}

}  // namespace vitals
