// The smaller files of one process.
#include <fcntl.h>

#include <array>
#include <string>

#include "procfs/io.h"
#include "procfs/limits.h"
#include "procfs/process_path.h"
#include "procfs/smaps_rollup.h"
#include "procfs/statm.h"
#include "procfs/status.h"
#include "procfs/text.h"
#include "support/catch.h"
#include "support/standard_error.h"

using namespace vitals::procfs;

namespace {

constexpr std::uint64_t kilobyte = 1024;

}  // namespace

TEST_CASE("statm: all, resident and shared pages") {
  const auto statm = parse_statm("5000 1200 300 20 0 900 0\n");
  REQUIRE(statm.has_value());
  CHECK(statm->size == 5000);
  CHECK(statm->resident == 1200);
  CHECK(statm->shared == 300);
  CHECK(parse_statm("0 0 0 0 0 0 0\n").has_value());
}

TEST_CASE("statm: anything else is an error") {
  const std::string text =
      GENERATE(as<std::string>{}, "", "\n", "5000", "5000 1200 300 20 0 900 0", "5000 1200 300 20 0 900\n",
               "5000 -1 300 20 0 900 0\n", "5000 18446744073709551615 3 2 0 9 0\n", "a b c d e f g\n");
  CHECK_FALSE(parse_statm(text).has_value());
}

TEST_CASE("smaps_rollup: Rss and Pss in bytes; what an older kernel does not have is absent") {
  const std::string header = "55e5c0a00000-7ffd5b7f0000 ---p 00000000 00:00 0                          [rollup]\n";
  const auto rollup = parse_smaps_rollup(header +
                                         "Rss:               71548 kB\nPss:               18168 kB\n"
                                         "Pss_Anon:          17690 kB\nPrivate_Dirty:       684 kB\n");
  REQUIRE(rollup.has_value());
  CHECK(rollup->Rss == 71548 * kilobyte);
  CHECK(rollup->Pss == 18168 * kilobyte);
  CHECK(rollup->Pss_Anon == 17690 * kilobyte);
  CHECK(rollup->Private_Dirty == 684 * kilobyte);
  CHECK_FALSE(parse_smaps_rollup(header + "Rss: 8 kB\nPss: 4 kB\n")->Pss_Anon.has_value());
}

TEST_CASE("smaps_rollup: anything else is an error") {
  const std::string text = GENERATE(as<std::string>{}, "", "\n", "Rss: 8 kB\n", "Pss: 8 kB\n", "Rss: 8 kB\nPss: 4 kB",
                                    "Rss: 8 kB\nPss: -4 kB\n", "Rss: 8 kB\nPss: 9 kB\n", "Rss: 8\nPss: 4\n");
  CHECK_FALSE(parse_smaps_rollup(text).has_value());
}

TEST_CASE("status: VmHWM and VmRSS in bytes") {
  const auto status =
      parse_status("Name:\tVmHWM: 7 kB\nState:\tS (sleeping)\nVmHWM:\t    1596 kB\nVmRSS:\t    1500 kB\n");
  REQUIRE(status.has_value());
  CHECK(status->VmHWM == 1596 * kilobyte);
  CHECK(status->VmRSS == 1500 * kilobyte);
}

TEST_CASE("status: a kernel thread or a process that has ended has no memory") {
  const auto status = parse_status("Name:\tkthreadd\nState:\tZ (zombie)\n");
  REQUIRE(status.has_value());
  CHECK_FALSE(status->VmHWM.has_value());
  CHECK_FALSE(status->VmRSS.has_value());
}

TEST_CASE("status: a line that is present but wrong is an error, not an absence") {
  const std::string value =
      GENERATE(as<std::string>{}, "", "kB", "12", "12 MB", "-1 kB", "18446744073709551615 kB", "12 kB kB", "1 2 kB");
  CHECK_FALSE(parse_status("Name:\tx\nVmHWM:\t" + value + "\n").has_value());
}

TEST_CASE("status: truncated content is an error") {
  const std::string text = GENERATE(as<std::string>{}, "", "Name:\tx", "Name:\tx\nVmHWM:\t  159", "VmHWM:\t 1 kB\n");
  CHECK_FALSE(parse_status(text).has_value());
}

TEST_CASE("io: the storage's bytes, not those of the page cache") {
  const auto io = parse_io(
      "rchar: 6976\nwchar: 17\nsyscr: 10\nsyscw: 1\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 1\n");
  REQUIRE(io.has_value());
  CHECK(io->read_bytes == 4096);
  CHECK(io->write_bytes == 8192);
}

TEST_CASE("io: anything else is an error") {
  const std::string text = GENERATE(as<std::string>{}, "", "read_bytes: 1\n", "write_bytes: 1\n",
                                    "cancelled_write_bytes: 1\nread_bytes: 1\n", "read_bytes: 1\nwrite_bytes: 81",
                                    "read_bytes: -1\nwrite_bytes: 1\n", "read_bytes:\nwrite_bytes: 1\n",
                                    "read_bytes: 18446744073709551615\nwrite_bytes: 1\n");
  CHECK_FALSE(parse_io(text).has_value());
}

TEST_CASE("limits: the soft limit of open files") {
  const std::string head = "Limit                     Soft Limit           Hard Limit           Units     \n";
  const auto limits =
      parse_limits(head + "Max open files            1024                 524288               files     \n");
  REQUIRE(limits.has_value());
  CHECK(limits->max_open_files == 1024U);
  const auto none =
      parse_limits(head + "Max open files            unlimited            unlimited            files     \n");
  REQUIRE(none.has_value());
  CHECK_FALSE(none->max_open_files.has_value());
  for (const std::string line :
       {"", "Max open files", "Max open files            \n", "Max open files            10",
        "Max open files            -1  2  files\n", "Max processes             7  8  processes\n"}) {
    CHECK_FALSE(parse_limits(head + line).has_value());
  }
}

TEST_CASE("nr_open: one number") {
  const auto limit = parse_nr_open("1048576\n");
  REQUIRE(limit.has_value());
  CHECK(*limit == 1048576);
  for (const std::string text : {"", "\n", "1048576", "x\n", "-1\n", "1 2\n"})
    CHECK_FALSE(parse_nr_open(text).has_value());
}

TEST_CASE("a process's file: its path below /proc") {
  CHECK(std::string(ProcessPath(1, "stat").c_str()) == "1/stat");
  CHECK(std::string(ProcessPath(2147483647, "fd").c_str()) == "2147483647/fd");
  CHECK(std::string(ProcessPath(1, std::string(100, 'x')).c_str()) == "1/" + std::string(16, 'x'));
  CHECK(std::string(ProcessPath(2147483647, 2147483646, std::string(100, 'x')).c_str()) ==
        "2147483647/task/2147483646/" + std::string(16, 'x'));
}

TEST_CASE("a file that cannot be parsed is logged at debug, with the text at fault") {
  const TemporaryDirectory directory;
  directory.make_file("statm", "12 x 4 1 0 5 0\n");
  std::array<char, 4096> buffer{};
  const auto file = vitals::open_for_reading(AT_FDCWD, (directory.path() + "/statm").c_str());
  REQUIRE(file.has_value());
  vitals::test::StandardError diagnostics;
  diagnostics.wait_for_limit();
  CHECK_FALSE(read_and_parse(file->get(), buffer, parse_statm).has_value());
  const auto lines = diagnostics.lines();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].starts_with("lambda-vitals: debug: "));
  CHECK(lines[0].find("12 x 4") != std::string::npos);
  CHECK(lines[0].ends_with("; the value is absent"));
}
