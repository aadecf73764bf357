#include "agent/line_output.h"

#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <tuple>

#include "base/log.h"

namespace vitals {

namespace asio = boost::asio;

LineOutput::LineOutput(asio::io_context& io, const emf::Options& options, int output)
    : io_(io), encoder_(options), sink_(output) {
}

void LineOutput::write(const InvocationRecord& record) {
  sink_.write(encoder_.encode(record));
  if (const auto lost = sink_.take_lost(); lost > 0) log::warn("standard output took {} lines no more", lost);
  if (sink_.pending() && sink_.waitable() >= 0 && !writable_) asio::co_spawn(io_, drain(), asio::detached);
}

// Runs while standard output is full: writes what was kept as soon as it takes it.
asio::awaitable<void> LineOutput::drain() {
  boost::system::error_code failed;
  writable_.emplace(io_);
  const int fd = ::dup(sink_.waitable());
  if (fd >= 0) writable_->assign(fd, failed);
  while (fd >= 0 && !failed && sink_.pending()) {
    std::tie(failed) =
        co_await writable_->async_wait(asio::posix::stream_descriptor::wait_write, asio::as_tuple(asio::use_awaitable));
    sink_.flush();
  }
  writable_.reset();
}

void LineOutput::finish(std::chrono::milliseconds limit) {
  sink_.flush_for(limit);
}

}  // namespace vitals
