// LineOutput: writes each record or summary as a line to standard output, or buffers it while standard output is full.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/event_loop.h"
#include "emf/line_encoder.h"
#include "emf/summaries.h"
#include "output/line_sink.h"
#include "record/record_sink.h"

namespace vitals {

class LineOutput final : public RecordSink {
 public:
  // Lines go to descriptor `output`. `io` must outlive this.
  LineOutput(boost::asio::io_context& io, const emf::Options& options, int output);

  // Writes the record's line, or buffers it while standard output is full. Warns if lines were lost.
  void write(const InvocationRecord& record) override;

  // Adds the record's values to a summary. A record that is too long for one gets a line of its own after all, with
  // line_reason `size`.
  void summarize(const InvocationRecord& record) override;
  void write_summaries(std::int64_t time_ms) override;

  // Whether it was given a record.
  [[nodiscard]] bool has_written() const { return written_; }

  // From now on write() waits up to `limit` for a full standard output when the buffer is nearly full. If nothing was
  // accepted in that time, it does not wait again before the buffer has been written.
  void wait_for_room(std::chrono::nanoseconds limit) { patience_ = limit; }

  // Writes the buffered lines, waiting up to `limit`. What is left then is lost, with a warning.
  void finish(std::chrono::nanoseconds limit);

 private:
  // Warns each time their number has doubled, and at the end: a warning for each line would exceed the log's limit.
  void report_lost(bool last);
  Task<void> drain();
  void put(std::string_view line);

  boost::asio::io_context& io_;
  emf::LineEncoder encoder_;
  std::optional<emf::Summaries> summaries_;  // if the options have any
  LineSink sink_;
  void make_room();

  std::chrono::nanoseconds patience_{};
  bool written_ = false;
  bool stuck_ = false;
  bool draining_ = false;   // drain() runs
  std::uint64_t lost_ = 0;  // lines
  std::uint64_t reported_lost_ = 0;
};

}  // namespace vitals
