#include "output/line_sink.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <string>

#include "support/catch.h"
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
