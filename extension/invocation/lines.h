// Lines: decides of each invocation's record whether it gets a line of its own, or whether its values go into a summary
// (LAMBDA_VITALS_LINES). Each record goes exactly one of these ways.
//
//   record --> notable, or in the sample --> RecordSink::write
//          --> slowest of its minute so far: held until the minute is over, or until a slower one comes
//          --> any other --> RecordSink::summarize
//
// A minute is one of the wall clock, and the invocation's is the one in which it ended.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "config/settings.h"
#include "record/invocation_record.h"
#include "record/kept_record.h"
#include "record/record_sink.h"

namespace vitals {

class Lines {
 public:
  // `sink` must outlive this.
  Lines(const LineChoice& choice, RecordSink& sink) : choice_(choice), sink_(sink) {}

  // Takes an invocation's record, whose strings are needed only during the call. May add line_reason and sample_weight
  // to it.
  void write(InvocationRecord& record);

  // It is `now`: what belongs to minutes that are over is written.
  void time_passes(WallTime now);

  // Everything is written: the process ends, or the sandbox becomes another.
  void finish();

 private:
  void write_own(InvocationRecord& record, std::string_view reason, std::int64_t weight);
  void write_or_hold(InvocationRecord& record);
  void sample_or_summarize(InvocationRecord& record);
  [[nodiscard]] bool is_current(std::int64_t minute) const;
  void enter_minute_of(const InvocationRecord& record, std::int64_t duration);
  void end_minute();
  void drop_held();

  LineChoice choice_;
  RecordSink& sink_;
  std::int64_t minute_ = 0;    // the newest, since the epoch
  std::int64_t slowest_ = -1;  // of that minute, thousandths of ms; it is held or has a line; -1: there was none
  bool holds_ = false;
  KeptRecord held_;
};

}  // namespace vitals
