#include "output/line_sink.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <utility>

#include "base/process_setup.h"

namespace vitals {

namespace {

// A second open file description of the same pipe, non-blocking. Empty when it is refused.
FileDescriptor reopen_pipe(int fd) {
  std::array<char, 32> path{"/proc/self/fd/"};
  std::to_chars(path.data() + 14, path.data() + path.size() - 1, fd);
  return FileDescriptor{::open(path.data(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)};
}

// A private, non-blocking pipe. Empty if descriptors are few: the connection to the API needs them
// more.
LineSink::Pipe create_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (open_file_limit() < enough_open_files || ::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return {};
  return {.out = FileDescriptor{ends[0]}, .in = FileDescriptor{ends[1]}};
}

// Writes to the pipe `fd`, which other processes share, so that it may not be made non-blocking. Asking poll(2) before
// a write does not help: another process may fill the pipe in between. So the bytes go to the private pipe, and
// splice(2) moves them on without waiting: all of them or none, as up to PIPE_BUF bytes are one buffer of an empty
// pipe.
ssize_t write_to_shared_pipe(const LineSink::Pipe& pipe, int fd, std::string_view bytes) {
  const std::string_view part = bytes.substr(0, PIPE_BUF);
  if (::write(pipe.in.get(), part.data(), part.size()) != static_cast<ssize_t>(part.size())) return -1;
  const ssize_t moved = ::splice(pipe.out.get(), nullptr, fd, nullptr, part.size(), SPLICE_F_NONBLOCK);
  if (moved == static_cast<ssize_t>(part.size())) return moved;
  const int error = moved < 0 ? errno : EAGAIN;
  std::array<char, PIPE_BUF> left;
  if (::read(pipe.out.get(), left.data(), left.size()) < 0) return -1;
  errno = error;
  return moved > 0 ? moved : -1;
}

// A regular file never blocks a writer. A pipe without a private one may: poll(2) says that it accepts PIPE_BUF
// bytes, but another process may fill it before the write.
ssize_t write_shared(int fd, std::string_view bytes) {
  pollfd ready{fd, POLLOUT, 0};
  if (::poll(&ready, 1, 0) == 0) {
    errno = EAGAIN;
    return -1;
  }
  return ::write(fd, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
}

}  // namespace

LineSink::LineSink(int fd) : fd_(fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return;
  is_socket_ = S_ISSOCK(status.st_mode);
  if (!S_ISFIFO(status.st_mode)) return;
  own_ = reopen_pipe(fd);
  if (!own_) private_ = create_pipe();
}

ssize_t LineSink::write_now(std::string_view bytes) const {
  if (own_) return ::write(own_.get(), bytes.data(), bytes.size());
  if (is_socket_) return ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (private_.in) return write_to_shared_pipe(private_, fd_, bytes);
  return write_shared(fd_, bytes);
}

LineSink::Outcome LineSink::put(std::string_view line, std::size_t& written) {
  while (written < line.size()) {
    const bool ends_a_torn_one = torn_ && written == 0;
    const ssize_t size = write_now(ends_a_torn_one ? "\n" : line.substr(written));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return Outcome::full;
    if (size < 0) {
      torn_ = torn_ || written > 0;
      return Outcome::failed;
    }
    if (ends_a_torn_one) {
      torn_ = false;
    } else {
      written += static_cast<std::size_t>(size);
    }
  }
  return Outcome::done;
}

void LineSink::write(std::string_view line) {
  flush();
  std::size_t written = 0;
  if (kept_.empty()) {
    const Outcome outcome = put(line, written);
    if (outcome == Outcome::failed) ++lost_;
    if (outcome != Outcome::full) return;
    front_written_ = written;
  }
  // The oldest line may be written in part: removing it would join its head to another line.
  const std::size_t keep = front_written_ > 0 ? 1 : 0;
  while (kept_bytes_ + line.size() > max_kept_bytes && kept_.size() > keep) {
    const auto oldest = kept_.begin() + static_cast<std::ptrdiff_t>(keep);
    kept_bytes_ -= oldest->size();
    kept_.erase(oldest);
    ++lost_;
  }
  kept_.emplace_back(line);
  kept_bytes_ += line.size();
}

void LineSink::flush() {
  while (!kept_.empty()) {
    const Outcome outcome = put(kept_.front(), front_written_);
    if (outcome == Outcome::full) return;
    if (outcome == Outcome::failed) ++lost_;
    kept_bytes_ -= kept_.front().size();
    front_written_ = 0;
    kept_.pop_front();
  }
}

void LineSink::give_up() {
  lost_ += kept_.size();
  kept_.clear();
  kept_bytes_ = front_written_ = 0;
}

void LineSink::flush_for(std::chrono::nanoseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  for (flush(); pending(); flush()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return;
    pollfd ready{own_ ? own_.get() : fd_, POLLOUT, 0};
    ::poll(&ready, 1, static_cast<int>(left.count()));
  }
}

int LineSink::waitable() {
  if (!writable_) {
    FileDescriptor writable{::epoll_create1(EPOLL_CLOEXEC)};
    epoll_event wanted{};
    wanted.events = EPOLLOUT;
    if (writable && ::epoll_ctl(writable.get(), EPOLL_CTL_ADD, own_ ? own_.get() : fd_, &wanted) == 0)
      writable_ = std::move(writable);
  }
  return writable_.get();
}

std::uint64_t LineSink::take_lost() {
  return std::exchange(lost_, 0);
}

}  // namespace vitals
