// RecordSink: where finished records go. Standard output is one (agent/line_output.h); another destination would be one
// more class.
#pragma once

#include <cstdint>

#include "record/invocation_record.h"

namespace vitals {

// Not owned by those who write to it: it must outlive them.
class RecordSink {
 public:
  virtual ~RecordSink() = default;

  // Takes a record for a line of its own. Its strings are views that are valid only during the call.
  virtual void write(const InvocationRecord& record) = 0;

  // Takes a record that gets no line of its own: its values come out in a summary (record/summary.h). Valid only during
  // the call, too.
  virtual void summarize(const InvocationRecord& record) = 0;

  // Writes the summaries of all minutes that ended at or before `time_ms`, milliseconds since the epoch.
  virtual void write_summaries(std::int64_t time_ms) = 0;
};

}  // namespace vitals
