#include "agent/termination.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

namespace vitals {

Termination::Termination(boost::asio::io_context& io) : descriptor_(io) {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGTERM);
  sigaddset(&wanted, SIGINT);
  const int fd = ::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) return;
  boost::system::error_code failed;
  descriptor_.assign(fd, failed);
  if (failed) {
    ::close(fd);
    return;
  }
  ::sigprocmask(SIG_BLOCK, &wanted, nullptr);  // NOLINT(concurrency-mt-unsafe): one thread
}

Task<bool> Termination::received() {
  if (!descriptor_.is_open()) co_return false;
  const auto [failed] = co_await descriptor_.async_wait(StreamDescriptor::wait_read, completion);
  co_return !failed;
}

}  // namespace vitals
