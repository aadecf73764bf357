// Summary: the values of the invocations of a minute that have no line of their own (LAMBDA_VITALS_LINES). Each metric
// has an array of its values, and CloudWatch counts each of them as a sample. Its memory is allocated once. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "record/invocation_record.h"
#include "record/kept_record.h"

namespace vitals {

class Summary {
 public:
  // CloudWatch's limit for an array.
  static constexpr std::size_t most_values = 100;
  // Limits that bound the length of the sums on the line.
  static constexpr std::int64_t most_invocations = 99'999;
  static constexpr std::int64_t most_billed_duration = 99'999'999'999;      // thousandths of ms
  static constexpr std::int64_t most_billed_mb_ms = 9'999'999'999'999'999;  // more is not exact for readers of the line

  // `texts`: the strings that all of its invocations have in common. `metrics`: the fields whose values it has.
  Summary(const FieldSet& texts, const FieldSet& metrics);

  // Whether a record is of the same minute and has the same strings, or whether there is none yet.
  [[nodiscard]] bool is_like(const InvocationRecord& record) const;
  // Whether the arrays and the sums have room for it. False for an empty summary only if a value is beyond the limits.
  [[nodiscard]] bool has_room(const InvocationRecord& record) const;
  // Adds a record that is_like() these and for which it has_room().
  void add(const InvocationRecord& record);
  void clear();

  [[nodiscard]] bool empty() const { return invocations_ == 0; }
  // The minute of its invocations' starts, since the epoch.
  [[nodiscard]] std::int64_t minute() const { return minute_; }

  // The metrics of which it has values, and these values, in the order of the invocations and in the unit of a record.
  [[nodiscard]] const FieldSet& metrics() const { return present_; }
  [[nodiscard]] std::span<const std::int64_t> values(Field field) const;

  // Everything else: strings, sums and counts as a record, whose timestamp is the start of the first invocation. Its
  // strings are valid until the summary changes.
  [[nodiscard]] InvocationRecord head() const;

 private:
  struct Sum {
    std::int64_t total = 0;
    bool known = false;
    void add(const InvocationRecord& record, Field field);
    [[nodiscard]] bool has_room(const InvocationRecord& record, Field field, std::int64_t most) const;
  };

  [[nodiscard]] std::size_t row(Field field) const { return rows_[static_cast<std::size_t>(field)]; }
  void count(const InvocationRecord& record);

  FieldSet texts_;
  FieldSet metrics_;
  std::array<std::uint8_t, field_count> rows_{};  // of each metric in values_
  std::vector<std::int64_t> values_;              // most_values for each metric
  std::vector<std::uint8_t> counts_;              // of each metric's values
  FieldSet present_;

  KeptRecord first_;  // the strings
  std::int64_t minute_ = 0;
  std::int64_t earliest_ms_ = 0;
  std::int64_t latest_ms_ = 0;
  std::int64_t invocations_ = 0;
  std::int64_t with_status_ = 0;
  std::int64_t errors_ = 0;
  std::int64_t timeouts_ = 0;
  std::int64_t cold_starts_ = 0;
  Sum billed_duration_;
  Sum billed_mb_ms_;
};

// The minute of a time in milliseconds, both since the epoch; rounded down.
[[nodiscard]] constexpr std::int64_t minute_of(std::int64_t time_ms) {
  constexpr std::int64_t minute_ms = 60'000;
  return time_ms / minute_ms - (time_ms % minute_ms < 0 ? 1 : 0);
}

}  // namespace vitals
