#include "record/summary.h"

#include <algorithm>

namespace vitals {

namespace {

const std::int64_t* number(const InvocationRecord& record, Field field) {
  return std::get_if<std::int64_t>(&record.get(field));
}

// What counts invocations is not an array of their values.
constexpr Field counts_on_a_summary[] = {Field::interval, Field::invocations, Field::errors, Field::timeouts,
                                         Field::cold_starts};

FieldSet without_counts(FieldSet metrics) {
  for (const Field field : counts_on_a_summary) metrics.reset(field);
  return metrics;
}

}  // namespace

Summary::Summary(const FieldSet& texts, const FieldSet& metrics) : texts_(texts), metrics_(without_counts(metrics)) {
  std::uint8_t next = 0;
  metrics_.for_each([&](Field field) { rows_[static_cast<std::size_t>(field)] = next++; });
  values_.resize(next * most_values);
  counts_.resize(next);
}

bool Summary::is_like(const InvocationRecord& record) const {
  if (empty()) return true;
  if (minute_of(record.timestamp_ms) != minute_) return false;
  bool same = true;
  texts_.for_each([&](Field field) { same = same && record.get(field) == first_.record().get(field); });
  return same;
}

bool Summary::has_room(const InvocationRecord& record) const {
  if (invocations_ == most_invocations) return false;
  if (!billed_duration_.has_room(record, Field::billed_duration, most_billed_duration)) return false;
  if (!billed_mb_ms_.has_room(record, Field::billed_mb_ms, most_billed_mb_ms)) return false;
  bool room = true;
  (record.fields() & metrics_).for_each([&](Field field) { room = room && counts_[row(field)] < most_values; });
  return room;
}

bool Summary::Sum::has_room(const InvocationRecord& record, Field field, std::int64_t most) const {
  const auto* more = number(record, field);
  return more == nullptr || (*more >= 0 && *more <= most - total);
}

void Summary::Sum::add(const InvocationRecord& record, Field field) {
  const auto* more = number(record, field);
  if (more == nullptr) return;
  total += *more;
  known = true;
}

void Summary::add(const InvocationRecord& record) {
  if (empty()) {
    first_.assign(record, texts_);
    minute_ = minute_of(record.timestamp_ms);
    earliest_ms_ = latest_ms_ = record.timestamp_ms;
  }
  earliest_ms_ = std::min(earliest_ms_, record.timestamp_ms);
  latest_ms_ = std::max(latest_ms_, record.timestamp_ms);
  billed_duration_.add(record, Field::billed_duration);
  billed_mb_ms_.add(record, Field::billed_mb_ms);
  count(record);
  const FieldSet added = record.fields() & metrics_;
  added.for_each([&](Field field) {
    const std::size_t at = row(field);
    values_[at * most_values + counts_[at]++] = std::get<std::int64_t>(record.get(field));
  });
  present_ |= added;
}

void Summary::count(const InvocationRecord& record) {
  ++invocations_;
  const auto* cold = std::get_if<bool>(&record.get(Field::cold_start));
  if (cold != nullptr && *cold) ++cold_starts_;
  const auto* status = std::get_if<std::string_view>(&record.get(Field::status));
  if (status == nullptr) return;
  ++with_status_;
  if (*status == "timeout") ++timeouts_;
  if (*status == "error" || *status == "failure") ++errors_;
}

void Summary::clear() {
  std::fill(counts_.begin(), counts_.end(), std::uint8_t{0});
  present_ = {};
  invocations_ = with_status_ = errors_ = timeouts_ = cold_starts_ = 0;
  billed_duration_ = billed_mb_ms_ = {};
}

std::span<const std::int64_t> Summary::values(Field field) const {
  if (!present_.test(field)) return {};
  return std::span{values_}.subspan(row(field) * most_values, counts_[row(field)]);
}

// An outcome that is not known of each is not counted: absent is not zero.
InvocationRecord Summary::head() const {
  InvocationRecord head = first_.record();
  head.timestamp_ms = earliest_ms_;
  head.set_thousandths(Field::interval, (latest_ms_ - earliest_ms_) * 1000);
  head.set_whole(Field::invocations, invocations_);
  if (with_status_ == invocations_) {
    head.set_whole(Field::errors, errors_);
    head.set_whole(Field::timeouts, timeouts_);
  }
  head.set_whole(Field::cold_starts, cold_starts_);
  if (billed_duration_.known) head.set_thousandths(Field::billed_duration, billed_duration_.total);
  if (billed_mb_ms_.known) head.set_whole(Field::billed_mb_ms, billed_mb_ms_.total);
  return head;
}

}  // namespace vitals
