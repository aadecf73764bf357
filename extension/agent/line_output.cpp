#include "agent/line_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <tuple>

#include "base/log.h"

namespace vitals {

namespace asio = boost::asio;

LineOutput::LineOutput(asio::io_context& io, const emf::Options& options, int output)
    : io_(io), encoder_(options), sink_(output) {
  if (!options.summaries) return;
  summaries_.emplace(encoder_, [this](const Summary& summary) { put(encoder_.encode(summary)); });
}

void LineOutput::write(const InvocationRecord& record) {
  written_ = true;
  put(encoder_.encode(record));
}

void LineOutput::summarize(const InvocationRecord& record) {
  written_ = true;
  if (summaries_ && summaries_->add(record)) return;
  InvocationRecord own = record;
  own.set_text(Field::line_reason, "size");
  write(own);
}

void LineOutput::write_summaries(std::int64_t time_ms) {
  if (summaries_) summaries_->write_before(minute_of(time_ms));
}

void LineOutput::put(std::string_view line) {
  if (patience_.count() > 0) make_room();
  sink_.write(line);
  report_lost(false);
  if (sink_.pending() && !draining_ && sink_.waitable() >= 0) {
    draining_ = true;
    asio::co_spawn(io_, drain(), asio::detached);
  }
}

// Runs while standard output is full: writes the buffered lines when it accepts bytes again.
Task<void> LineOutput::drain() {
  StreamDescriptor writable{io_};
  boost::system::error_code failed;
  const int fd = ::fcntl(sink_.waitable(), F_DUPFD_CLOEXEC, 0);
  if (fd >= 0) writable.assign(fd, failed);
  if (failed) ::close(fd);
  while (fd >= 0 && !failed && sink_.pending()) {
    std::tie(failed) = co_await writable.async_wait(StreamDescriptor::wait_read, completion);
    sink_.flush();
  }
  draining_ = false;
}

void LineOutput::make_room() {
  if (!sink_.pending()) stuck_ = false;
  const std::size_t before = sink_.kept_bytes();
  if (stuck_ || before < max_kept_bytes / 2) return;
  sink_.flush_for(patience_);
  stuck_ = sink_.kept_bytes() >= before;
}

void LineOutput::finish(std::chrono::nanoseconds limit) {
  sink_.flush_for(limit);
  sink_.give_up();
  report_lost(true);
}

void LineOutput::report_lost(bool last) {
  lost_ += sink_.take_lost();
  if (lost_ == reported_lost_ || (!last && lost_ < 2 * reported_lost_)) return;
  log::warn(
      "standard output does not accept lines: it is closed, not read, or limited in size (ulimit -f); lines lost so "
      "far: {}",
      lost_);
  reported_lost_ = lost_;
}

}  // namespace vitals
