#include "agent/line_output.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <thread>

#include "base/file_descriptor.h"
#include "config/settings.h"
#include "support/catch.h"

namespace vitals {

namespace {

using namespace std::chrono_literals;

std::size_t lines_in(int fd) {
  std::array<char, 65536> buffer{};
  const ssize_t size = ::read(fd, buffer.data(), buffer.size());
  return size <= 0 ? 0 : static_cast<std::size_t>(std::count(buffer.begin(), buffer.begin() + size, '\n'));
}

}  // namespace

TEST_CASE("kept lines go out as soon as a socket is read again, without another line") {
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  const FileDescriptor reader{ends[0]}, writer{ends[1]};
  const int small = 4096;
  ::setsockopt(writer.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  ::fcntl(reader.get(), F_SETFL, O_NONBLOCK);

  boost::asio::io_context io;
  LineOutput output{io, {}, writer.get()};
  constexpr std::size_t written = 60;
  for (std::size_t line = 0; line < written; ++line) output.write(InvocationRecord{});
  io.run_for(20ms);
  std::size_t read = 0;
  for (int turn = 0; turn < 500 && read < written; ++turn) {
    read += lines_in(reader.get());
    io.run_for(2ms);
    io.restart();
  }
  CHECK(read == written);
  // The socket is shared: it is still a blocking one.
  CHECK((::fcntl(writer.get(), F_GETFL) & O_NONBLOCK) == 0);
}

TEST_CASE("a burst of lines waits for a reader that reads, and not for one that does not") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const FileDescriptor reader{ends[0]}, writer{ends[1]};
  boost::asio::io_context io;
  LineOutput output{io, {}, writer.get()};
  output.wait_for_room(50ms);
  constexpr std::size_t written = 20'000;  // some 3 MB
  std::size_t read = 0;
  std::thread reads{[&] {
    while (read < written) read += lines_in(reader.get());
  }};
  for (std::size_t line = 0; line < written; ++line) output.write(InvocationRecord{});
  output.finish(1s);
  reads.join();
  CHECK(read == written);

  const auto began = std::chrono::steady_clock::now();
  for (std::size_t line = 0; line < written; ++line) output.write(InvocationRecord{});
  CHECK(std::chrono::steady_clock::now() - began < 1s);
}

namespace {

// What it wrote to a pipe, which must have room for it.
std::string written(int fd) {
  std::array<char, 65536> buffer{};
  const ssize_t size = ::read(fd, buffer.data(), buffer.size());
  return size <= 0 ? std::string{} : std::string{buffer.data(), static_cast<std::size_t>(size)};
}

InvocationRecord record_of_a_minute(std::int64_t minute) {
  InvocationRecord record;
  record.timestamp_ms = minute * 60'000;
  record.set_text(Field::function_name, "sample");
  record.set_whole(Field::rx_bytes, 7);
  return record;
}

}  // namespace

TEST_CASE("a summary is written when its minute is over, and a record that fits none has a line of its own") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
  const FileDescriptor reader{ends[0]}, writer{ends[1]};
  boost::asio::io_context io;
  const std::string fields = "LAMBDA_VITALS_FIELDS=a=" + std::string(250, 'v') + ",b=" + std::string(250, 'v');
  const char* const environment[] = {"LAMBDA_VITALS_LINES=1/2", fields.c_str(), nullptr};
  LineOutput output{io, load_settings(environment).settings.emf, writer.get()};
  for (const std::int64_t minute : {1, 2, 1}) output.summarize(record_of_a_minute(minute));
  CHECK(output.has_written());
  CHECK(written(reader.get()).empty());
  output.write_summaries(119'999);
  CHECK(written(reader.get()).empty());
  output.write_summaries(120'000);
  CHECK(written(reader.get()).find(R"("invocations":2)") != std::string::npos);
  output.write_summaries(180'000);
  CHECK(written(reader.get()).find(R"("invocations":1)") != std::string::npos);

  InvocationRecord large = record_of_a_minute(1);
  large.set_whole(Field::billed_mb_ms, std::int64_t{1} << 62U);
  output.summarize(large);
  const std::string line = written(reader.get());
  CHECK(line.find(R"("event_type":"performance")") != std::string::npos);
  CHECK(line.find(R"("line_reason":"size")") != std::string::npos);
}

}  // namespace vitals
