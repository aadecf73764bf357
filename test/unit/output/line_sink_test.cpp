#include "output/line_sink.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <string>

#include "support/catch.h"
#include "support/child_process.h"
#include "support/temporary_directory.h"

namespace vitals {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    reader = FileDescriptor{ends[0]};
    writer = FileDescriptor{ends[1]};
    ::fcntl(reader.get(), F_SETFL, O_NONBLOCK);
  }
  FileDescriptor reader, writer;
};

// Everything that can be read now.
std::string drain(int fd) {
  std::string text;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t size = ::read(fd, buffer.data(), buffer.size());
    if (size <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

std::string line(char c, std::size_t size = 1000) {
  return std::string(size - 1, c) + '\n';
}

// From now on this process may not open the pipe again, as in Lambda, where it belongs to another user.
void lose_rights(int pipe) {
  ::fchmod(pipe, 0);
  if (::geteuid() != 0) return;
  const bool lost =
      ::setgroups(0, nullptr) == 0 && ::setresgid(65534, 65534, 65534) == 0 && ::setresuid(65534, 65534, 65534) == 0;
  if (!lost) ::_exit(1);
}

// Writes lines to the pipe for ever, whenever it takes one, and never waits for it.
[[noreturn]] void compete_for(int pipe, const std::string& line) {
  while (::write(pipe, line.data(), line.size()) != 0) {
  }
  ::_exit(1);
}

}  // namespace

TEST_CASE("a line is written at once") {
  Pipe pipe;
  LineSink sink{pipe.writer.get()};
  sink.write("one\n");
  sink.write("two\n");
  CHECK(drain(pipe.reader.get()) == "one\ntwo\n");
  CHECK(!sink.pending());
}

TEST_CASE("a full pipe does not block, and nothing is lost or out of order when it is read again") {
  Pipe pipe;
  LineSink sink{pipe.writer.get()};
  CHECK(sink.waitable() >= 0);
  // The descriptor that is shared with others is still blocking.
  CHECK((::fcntl(pipe.writer.get(), F_GETFL) & O_NONBLOCK) == 0);
  std::string expected;
  for (int i = 0; i < 120; ++i) {
    const auto text = line(static_cast<char>('a' + i % 26));
    sink.write(text);
    expected += text;
  }
  CHECK(sink.pending());
  std::string seen;
  while (sink.pending()) {
    seen += drain(pipe.reader.get());
    sink.flush();
  }
  seen += drain(pipe.reader.get());
  CHECK(seen == expected);
  CHECK(sink.take_lost() == 0);
}

TEST_CASE("a pipe of somebody else that another process fills at any moment does not block, and lines stay whole") {
  Pipe pipe;
  ::fcntl(pipe.writer.get(), F_SETPIPE_SZ, 4096);
  const auto own_path = "/proc/self/fd/" + std::to_string(pipe.writer.get());
  const FileDescriptor reopened{::open(own_path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)};
  REQUIRE(reopened);
  void* const shared =
      ::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(shared != MAP_FAILED);
  auto* const heartbeat = new (shared) std::atomic<int>{0};
  const auto theirs = line('-', 4096);
  const ChildProcess competitor{[&]() -> double { compete_for(reopened.get(), theirs); }};
  const ChildProcess ours{[&]() -> double {
    lose_rights(pipe.writer.get());
    LineSink sink{pipe.writer.get()};
    for (int i = 0;; ++*heartbeat) sink.pending() ? sink.flush() : sink.write(line(static_cast<char>('a' + i++ % 26)));
  }};
  ours.start();
  while (*heartbeat < 100) ::usleep(1000);
  competitor.start();

  std::string seen;
  for (int read = 0; read < 3000; ++read) {
    std::array<char, 4096> buffer;
    const ssize_t size = ::read(pipe.reader.get(), buffer.data(), buffer.size());
    if (size > 0) seen.append(buffer.data(), static_cast<std::size_t>(size));
    // Nothing is read meanwhile, so a write that waits never returns.
    const int before = *heartbeat;
    for (int waited = 0; *heartbeat < before + 2; ++waited) {
      REQUIRE(waited < 5000);
      ::usleep(waited == 0 ? 0 : 1000);
    }
  }
  std::size_t own_lines = 0;
  seen.resize(seen.rfind('\n') + 1);
  for (std::size_t at = 0; at < seen.size(); at = seen.find('\n', at) + 1) {
    const bool is_own = seen[at] != '-';
    const auto expected = is_own ? line(static_cast<char>('a' + own_lines++ % 26)) : theirs;
    REQUIRE(seen.substr(at, expected.size()) == expected);
  }
  CHECK(own_lines > 10);
  CHECK(seen.size() > own_lines * 1000);
  ::munmap(shared, sizeof(std::atomic<int>));
}

TEST_CASE("a pipe of somebody else: full, read again, and without a reader") {
  std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  const ChildProcess ours{[&]() -> double {
    lose_rights(pipe.writer.get());
    LineSink sink{pipe.writer.get()};
    int written = 0;
    // Longer than PIPE_BUF, too.
    for (; !sink.pending(); ++written) sink.write(line('a', written % 2 == 0 ? 10'000 : 1000));
    for (int i = 0; i < 3; ++i) sink.flush();
    if (drain(pipe.reader.get()).empty()) return -1;
    sink.flush();
    if (sink.pending() || sink.take_lost() > 0) return -2;
    pipe.reader.reset();
    sink.write(line('b'));
    return !sink.pending() && sink.take_lost() == 1 ? written : -3;
  }};
  pipe.reader.reset();
  ours.start();
  CHECK(ours.finish() > 5);
}

TEST_CASE("a pipe that is never read costs the oldest lines, counted, and no line is torn") {
  Pipe pipe;
  LineSink sink{pipe.writer.get()};
  // Lines longer than PIPE_BUF may go out in part.
  for (int i = 0; i < 100; ++i) sink.write(line(static_cast<char>('a' + i % 26), 10'000));
  const auto lost = sink.take_lost();
  CHECK(lost > 0);
  std::string seen;
  while (sink.pending()) {
    seen += drain(pipe.reader.get());
    sink.flush();
  }
  seen += drain(pipe.reader.get());
  REQUIRE(seen.size() == (100 - lost) * 10'000);
  for (std::size_t at = 0; at < seen.size(); at += 10'000) {
    REQUIRE(seen.substr(at, 10'000) == line(seen[at], 10'000));
  }
}

TEST_CASE("a pipe without a reader loses lines and nothing else") {
  std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  pipe.reader.reset();
  LineSink sink{pipe.writer.get()};
  sink.write("one\n");
  CHECK(!sink.pending());
  CHECK(sink.take_lost() == 1);
  CHECK(sink.take_lost() == 0);
}

TEST_CASE("a closed descriptor and a full device lose lines and nothing else") {
  LineSink closed{987};
  closed.write("one\n");
  CHECK(closed.take_lost() == 1);

  const FileDescriptor full{::open("/dev/full", O_WRONLY | O_CLOEXEC)};
  REQUIRE(full);
  LineSink sink{full.get()};
  sink.write("one\n");
  CHECK(sink.take_lost() == 1);
}

TEST_CASE("a full socket does not block either") {
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
  const FileDescriptor reader{ends[0]}, writer{ends[1]};
  ::fcntl(reader.get(), F_SETFL, O_NONBLOCK);
  LineSink sink{writer.get()};
  int written = 0;
  while (!sink.pending() && written < 10'000) {
    sink.write(line('x'));
    ++written;
  }
  CHECK(sink.pending());
  CHECK(sink.waitable() >= 0);
}

TEST_CASE("the end waits for a full pipe, but not for ever") {
  Pipe pipe;
  LineSink sink{pipe.writer.get()};
  while (!sink.pending()) sink.write(line('x'));
  const auto before = std::chrono::steady_clock::now();
  sink.flush_for(std::chrono::milliseconds{30});
  CHECK(std::chrono::steady_clock::now() - before >= std::chrono::milliseconds{30});
  CHECK(sink.pending());
  sink.give_up();
  CHECK(!sink.pending());
  CHECK(sink.take_lost() == 1);
}

TEST_CASE("a line of which only a part fits is lost, and the next one starts on a line of its own") {
  std::signal(SIGXFSZ, SIG_IGN);
  const TemporaryDirectory directory;
  const auto path = directory.path() + "/lines";
  const FileDescriptor file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  REQUIRE(file);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit small{1500, before.rlim_max};
  LineSink sink{file.get()};
  ::setrlimit(RLIMIT_FSIZE, &small);
  sink.write(line('a'));
  sink.write(line('b'));
  sink.write(line('c'));
  ::setrlimit(RLIMIT_FSIZE, &before);
  sink.write(line('d'));
  CHECK(sink.take_lost() == 2);
  std::array<char, 4096> buffer{};
  const ssize_t size = ::pread(file.get(), buffer.data(), buffer.size(), 0);
  REQUIRE(size > 0);
  CHECK(std::string(buffer.data(), static_cast<std::size_t>(size)) ==
        line('a') + std::string(500, 'b') + '\n' + line('d'));
}

}  // namespace vitals
