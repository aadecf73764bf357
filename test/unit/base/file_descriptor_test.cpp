#include "base/file_descriptor.h"

#include <fcntl.h>

#include <array>
#include <string>
#include <utility>

#include "support/catch.h"
#include "support/temporary_directory.h"

using namespace vitals;

namespace {

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

}  // namespace

TEST_CASE("a descriptor is closed once, by whoever owned it last") {
  int number = -1;
  {
    auto opened = open_for_reading(AT_FDCWD, "/dev/null");
    REQUIRE(opened.has_value());
    FileDescriptor first = std::move(*opened);
    number = first.get();
    CHECK((::fcntl(number, F_GETFD) & FD_CLOEXEC) != 0);
    FileDescriptor second;
    second = std::move(first);
    CHECK_FALSE(first);  // NOLINT(bugprone-use-after-move): that it is empty is what is tested
    CHECK(is_open(number));
  }
  CHECK_FALSE(is_open(number));
}

TEST_CASE("a file that cannot be opened: the error names it and the reason") {
  const auto opened = open_for_reading(AT_FDCWD, "/nonexistent/file");
  REQUIRE(opened.has_error());
  CHECK(opened.error().code == ErrorCode::io);
  CHECK(opened.error().text == "/nonexistent/file: No such file or directory");
}

TEST_CASE("a file is read from its start each time, to its end or to that of the buffer") {
  const TemporaryDirectory directory;
  directory.make_file("file", "0123456789");
  const auto file = open_for_reading(AT_FDCWD, (directory.path() + "/file").c_str());
  REQUIRE(file.has_value());
  std::array<char, 64> large{};
  std::array<char, 4> small{};
  for (int i = 0; i < 2; ++i) {
    CHECK(read_from_start(file->get(), large).value() == "0123456789");
    CHECK(read_from_start(file->get(), small).value() == "0123");
    CHECK(read_at_once(file->get(), large).value() == "0123456789");
    CHECK(read_at_once(file->get(), small).value() == "0123");
  }
  directory.make_file("file", "");
  CHECK(read_from_start(file->get(), large).value().empty());
  CHECK(read_from_start(-1, large).error().code == ErrorCode::io);
  CHECK(read_at_once(-1, large).error().code == ErrorCode::io);
}
