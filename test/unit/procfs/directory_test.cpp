#include "procfs/directory.h"

#include <fcntl.h>

#include <array>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "support/catch.h"
#include "support/temporary_directory.h"

using namespace vitals;

namespace {

FileDescriptor open_directory(const std::string& path) {
  return FileDescriptor{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
}

}  // namespace

TEST_CASE("the processes of /proc are the entries that are numbers, in order") {
  const TemporaryDirectory proc;
  for (const std::string name : {"100", "9", "self", "12x", "1", "0", "99999999999", "-5", "007"})
    proc.make_directory(name);
  const auto fd = open_directory(proc.path());
  std::array<char, 4096> buffer;
  std::vector<pid_t> pids{5, 5, 5};
  REQUIRE(procfs::list_pids(fd.get(), buffer, pids).has_value());
  CHECK(pids == std::vector<pid_t>{1, 7, 9, 100});
  CHECK_FALSE(procfs::list_pids(-1, buffer, pids).has_value());
  CHECK(pids.empty());
}

TEST_CASE("entries are counted again each time, however many reads it takes") {
  const TemporaryDirectory directory;
  const auto fd = open_directory(directory.path());
  std::array<char, 4096> buffer;
  const auto count = [&] {
    const auto counted = procfs::count_entries(fd.get(), buffer);
    REQUIRE(counted.has_value());
    return *counted;
  };
  CHECK(count() == 0);
  for (int i = 0; i < 300; ++i) directory.make_file("entry-with-a-name-" + std::to_string(i), "");
  CHECK(count() == 300);
  directory.remove("entry-with-a-name-7");
  CHECK(count() == 299);
  CHECK_FALSE(procfs::count_entries(-1, buffer).has_value());
}

TEST_CASE("plain files are counted, and links to such, but no folders") {
  const TemporaryDirectory directory;
  directory.make_file("one", "");
  directory.make_file(".two", "");
  directory.make_file("folder/three", "");
  directory.make_link("to-a-file", directory.path() + "/one");
  directory.make_link("to-a-folder", directory.path() + "/folder");
  directory.make_link("to-nothing", directory.path() + "/nothing");
  const auto fd = open_directory(directory.path());
  std::array<char, 4096> buffer;
  const auto count = procfs::count_plain_files(fd.get(), buffer);
  REQUIRE(count.has_value());
  CHECK(*count == 3);
  CHECK_FALSE(procfs::count_plain_files(-1, buffer).has_value());
}
