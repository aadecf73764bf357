#include "invocation/lines.h"

#include <limits>
#include <utility>

#include "invocation/line_reason.h"
#include "record/summary.h"

namespace vitals {

void Lines::write(InvocationRecord& record) {
  if (choice_.all()) {
    sink_.write(record);
  } else if (choice_.notable) {
    write_or_hold(record);
  } else {
    sample_or_summarize(record);
  }
}

// A record that is notable by itself may still be the slowest: then the minute needs no other line for that.
void Lines::write_or_hold(InvocationRecord& record) {
  const std::string_view reason = notable_reason(record);
  const auto* duration = std::get_if<std::int64_t>(&record.get(Field::duration));
  bool is_slowest = false;
  if (duration != nullptr) {
    enter_minute_of(record, *duration);
    is_slowest = *duration > slowest_;
  }
  if (is_slowest) {
    drop_held();
    slowest_ = *duration;
  }
  if (!reason.empty()) {
    write_own(record, reason, 1);
  } else if (is_slowest) {
    held_.assign(record, record.fields());
    holds_ = true;
  } else {
    sample_or_summarize(record);
  }
}

void Lines::sample_or_summarize(InvocationRecord& record) {
  const auto* id = std::get_if<std::string_view>(&record.get(Field::request_id));
  if (choice_.one_in > 0 && id != nullptr && is_in_sample(*id, choice_.one_in)) {
    write_own(record, "sample", choice_.one_in);
  } else {
    sink_.summarize(record);
  }
}

// Without a sample no line stands for others.
void Lines::write_own(InvocationRecord& record, std::string_view reason, std::int64_t weight) {
  record.set_text(Field::line_reason, reason);
  if (choice_.one_in > 0) record.set_whole(Field::sample_weight, weight);
  sink_.write(record);
}

// The minute before counts as the current one: on Managed Instances invocations are not reported in the order of their
// ends, and the wall clock may have been set.
bool Lines::is_current(std::int64_t minute) const {
  return minute == minute_ || minute == minute_ - 1;
}

void Lines::enter_minute_of(const InvocationRecord& record, std::int64_t duration) {
  const std::int64_t minute = minute_of(record.timestamp_ms + duration / 1000);
  if (is_current(minute)) return;
  end_minute();
  minute_ = minute;
}

void Lines::end_minute() {
  if (std::exchange(holds_, false)) write_own(held_.record(), "slowest", 1);
  slowest_ = -1;
}

void Lines::drop_held() {
  if (std::exchange(holds_, false)) sample_or_summarize(held_.record());
}

void Lines::time_passes(WallTime now) {
  if (choice_.all()) return;
  const std::int64_t now_ms = epoch_ms(now);
  if (holds_ && !is_current(minute_of(now_ms))) end_minute();
  sink_.write_summaries(now_ms);
}

void Lines::finish() {
  if (choice_.all()) return;
  end_minute();
  sink_.write_summaries(std::numeric_limits<std::int64_t>::max());
}

}  // namespace vitals
