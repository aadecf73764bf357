// RecordSink: where finished records go. Standard output is one (agent/line_output.h); another destination would be one
// more class.
#pragma once

#include "record/invocation_record.h"

namespace vitals {

// Not owned by those who write to it: it must outlive them.
class RecordSink {
 public:
  virtual ~RecordSink() = default;

  // Takes a record. Its strings are views that are valid only during the call.
  virtual void write(const InvocationRecord& record) = 0;
};

}  // namespace vitals
