// LineOutput: writes each record as a line to standard output, at once or as soon as standard output takes it.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/event_loop.h"
#include "emf/line_encoder.h"
#include "output/line_sink.h"
#include "record/record_sink.h"

namespace vitals {

class LineOutput final : public RecordSink {
 public:
  // Lines go to descriptor `output`. `io` must outlive this.
  LineOutput(boost::asio::io_context& io, const emf::Options& options, int output);

  // Writes the record's line, or keeps it while standard output is full. Says so when lines were lost.
  void write(const InvocationRecord& record) override;

  // From now on write() waits for a full standard output when there is little room left for lines that are kept, for as
  // long as `limit`. One that took nothing in that time is not waited for again before it has taken all.
  void wait_for_room(std::chrono::nanoseconds limit) { patience_ = limit; }

  // Writes what was kept, waiting for as long as `limit`. What does not go out then is lost, and it says so.
  void finish(std::chrono::nanoseconds limit);

 private:
  // With each doubling of their number, and at the end: one warning a line would be too many for the log's limit.
  void report_lost(bool last);
  Task<void> drain();

  boost::asio::io_context& io_;
  emf::LineEncoder encoder_;
  LineSink sink_;
  void make_room();

  std::chrono::nanoseconds patience_{};
  bool stuck_ = false;
  bool draining_ = false;   // drain() runs
  std::uint64_t lost_ = 0;  // lines
  std::uint64_t reported_lost_ = 0;
};

}  // namespace vitals
