// The sampler on a /proc built in code: everything that must not go wrong with what it may find there. On such a tree
// there are no CPU clocks, so times are clock ticks.
#include <string>

#include "sampling/sampler.h"
#include "sampling/usage.h"
#include "support/catch.h"
#include "support/fake_proc.h"

using namespace std::chrono_literals;
using namespace vitals;
using namespace vitals::test;

namespace {

const SystemClock system_clock_;

Sample read(Sampler& sampler) {
  Sample sample;
  sampler.read(sample);
  return sample;
}

std::chrono::nanoseconds cpu(const Sample& sample) {
  return sample.function ? sample.function->cpu.total() : -1ns;
}

}  // namespace

TEST_CASE("a sandbox without a process of the function: everything of it is absent") {
  const FakeProc proc;
  Sampler sampler{proc.options(), system_clock_};
  const Sample sample = read(sampler);
  CHECK_FALSE(sample.function.has_value());
  CHECK_FALSE(sample.extensions.has_value());
  CHECK_FALSE(sample.gauges.resident_bytes.has_value());
  CHECK_FALSE(sample.gauges.processes.has_value());
  CHECK_FALSE(sample.gauges.threads.has_value());
  CHECK_FALSE(sample.gauges.open_descriptors.has_value());
  CHECK_FALSE(sample.gauges.extensions_resident_bytes.has_value());
  CHECK(sample.processes.empty());
  CHECK(sample.gauges.tmp_size_bytes.has_value());
  CHECK(sample.agent_cpu.has_value());
}

TEST_CASE("no /proc at all") {
  SamplerOptions options;
  options.proc_root = "/nonexistent";
  options.tmp_path = "/nonexistent/tmp";
  Sampler sampler{options, system_clock_};
  const Sample sample = read(sampler);
  CHECK_FALSE(sample.function.has_value());
  CHECK_FALSE(sample.gauges.agent_resident_bytes.has_value());
  CHECK_FALSE(sample.gauges.tmp_free_bytes.has_value());
  Gauges gauges;
  sampler.read(gauges);
  CHECK_FALSE(gauges.resident_bytes.has_value());
}

TEST_CASE("the function's processes are summed; this extension and others are not among them") {
  const FakeProc proc;
  proc.add(10, {.utime = 4, .stime = 2, .threads = 3, .pages = 100});
  proc.add(11, {.ppid = 10, .utime = 1, .threads = 2, .pages = 20});
  proc.add(self, {.utime = 700, .pages = 9999});
  proc.add(51, {.ppid = self, .utime = 70, .pages = 999});
  proc.extension(60, proc.tree.path() + "/opt/extensions/other-60");
  proc.add(61, {.ppid = 60, .utime = 5, .pages = 30});
  proc.add(70, {.ppid = 0, .utime = 800, .pages = 9999});
  Sampler sampler{proc.options(), system_clock_};
  const Sample sample = read(sampler);
  CHECK(cpu(sample) == 70ms);
  CHECK(sample.function->cpu.user == 50ms);
  CHECK(sample.gauges.threads == 5U);
  CHECK(sample.gauges.processes == 2U);
  CHECK(sample.gauges.resident_bytes == 120 * page);
  CHECK(sample.extensions->cpu.total() == 80ms);
  CHECK(sample.gauges.extensions_resident_bytes == 80 * page);
  CHECK(sample.processes.size() == 2);
}

TEST_CASE("an extension is one whatever it runs") {
  const FakeProc proc;
  proc.add(self, {});
  proc.extension(60, GENERATE(as<std::string>{}, "", "/usr/bin/python3.11", "/opt/other/bin/agent"));
  proc.add(70, {.utime = 1, .start_time = 1100});
  Sampler sampler{proc.options(), system_clock_};
  const Sample sample = read(sampler);
  CHECK(sample.gauges.extensions_resident_bytes == 50 * page);
  CHECK(sample.extensions->cpu.total() == 30ms);
  CHECK(cpu(sample) == 10ms);
}

TEST_CASE("the function is the function wherever its program lies: the platform starts the folder's own files alone") {
  const FakeProc proc;
  proc.add(self, {});
  proc.extension(60, "/usr/bin/python3.11");
  proc.add(70, {.utime = 1, .start_time = 1100});
  proc.tree.make_link("70/exe", proc.tree.path() + "/opt/extensions/deep/bootstrap");
  Sampler sampler{proc.options(), system_clock_};
  const Sample sample = read(sampler);
  CHECK(sample.gauges.extensions_resident_bytes == 50 * page);
  CHECK(cpu(sample) == 10ms);
}

TEST_CASE("where no platform starts extensions there are none") {
  const FakeProc proc;
  proc.extension(60, proc.tree.path() + "/opt/extensions/other-60");
  SamplerOptions options = proc.options();
  options.extension_directory.clear();
  Sampler sampler{options, system_clock_};
  const Sample sample = read(sampler);
  CHECK_FALSE(sample.extensions.has_value());
  CHECK(cpu(sample) == 30ms);
}

TEST_CASE("a process whose program cannot be read is the function's") {
  const FakeProc proc;
  proc.add(10, {.utime = 1});
  Sampler sampler{proc.options(), system_clock_};
  CHECK(cpu(read(sampler)) == 10ms);
}

TEST_CASE("a process that has moved out of the tree stays the function's, and so do its children") {
  const FakeProc proc;
  proc.add(10, {.utime = 1});
  proc.add(11, {.ppid = 10, .utime = 1});
  Sampler sampler{proc.options(), system_clock_};
  read(sampler);
  proc.add(11, {.ppid = 0, .utime = 4});
  proc.add(12, {.ppid = 11, .utime = 2});
  CHECK(cpu(read(sampler)) == 70ms);
}

TEST_CASE("another process that got the pid of an earlier one") {
  const FakeProc proc;
  proc.add(10, {.utime = 90, .start_time = 1000});
  Sampler sampler{proc.options(), system_clock_};
  const Sample from = read(sampler);
  proc.add(10, {.utime = 2, .start_time = 2000});
  read(sampler);
  const Sample to = read(sampler);
  CHECK(difference(from, to).cpu_total == 20ms);
}

TEST_CASE("another process, outside the tree, that got the pid of one of the function's") {
  const FakeProc proc;
  proc.add(10, {.utime = 90, .start_time = 1000});
  Sampler sampler{proc.options(), system_clock_};
  const Sample from = read(sampler);
  proc.add(10, {.ppid = 0, .utime = 500, .start_time = 2000});
  read(sampler);
  CHECK(difference(from, read(sampler)).cpu_total == 0ms);
}

TEST_CASE("a vanished process does not make the total go backwards") {
  const FakeProc proc;
  proc.add(10, {.utime = 5});
  proc.add(11, {.ppid = 10, .utime = 60});
  Sampler sampler{proc.options(), system_clock_};
  const Sample from = read(sampler);
  proc.remove(11);
  proc.add(10, {.utime = 6});
  for (int i = 0; i < 4; ++i) CHECK(difference(from, read(sampler)).cpu_total == 10ms);
}

TEST_CASE("a file of a process that is garbage costs that value, or that process, and nothing else") {
  const FakeProc proc;
  proc.add(10, {.utime = 5, .pages = 7});
  proc.add(11, {.utime = 7, .pages = 8});
  SECTION("stat") {
    proc.file(11, "stat", GENERATE(as<std::string>{}, "", "11 (x) S", "\n", std::string(5000, 'x')));
    Sampler sampler{proc.options(), system_clock_};
    CHECK(cpu(read(sampler)) == 50ms);
  }
  SECTION("statm") {
    proc.file(11, "statm", "garbage");
    Sampler sampler{proc.options(), system_clock_};
    const Sample sample = read(sampler);
    CHECK(cpu(sample) == 120ms);
    CHECK(sample.gauges.resident_bytes == 7 * page);
  }
  SECTION("io") {
    proc.file(10, "io", "read_bytes: 4096\nwrite_bytes: 8192\n");
    proc.file(11, "io", "read_bytes: 40");
    Sampler sampler{proc.options(), system_clock_};
    const Sample sample = read(sampler);
    CHECK(cpu(sample) == 120ms);
    CHECK_FALSE(sample.function->read_bytes.has_value());
    proc.file(11, "io", "read_bytes: 1\nwrite_bytes: 2\n");
    CHECK(read(sampler).function->read_bytes == 4097U);
  }
}

TEST_CASE("a value that is not needed is not read, and is absent") {
  const FakeProc proc;
  proc.add(10, {.utime = 5, .pages = 7});
  proc.file(10, "io", "read_bytes: 4096\nwrite_bytes: 8192\n");
  proc.file(10, "status", "Name:\tx\nVmHWM:\t    800 kB\n");
  const bool disk_bytes = GENERATE(true, false);
  const bool high_water_marks = GENERATE(true, false);
  SamplerOptions options = proc.options();
  options.disk_bytes = disk_bytes;
  options.high_water_marks = high_water_marks;
  Sampler sampler{options, system_clock_};
  const Sample sample = read(sampler);
  CHECK(sample.function->read_bytes.has_value() == disk_bytes);
  CHECK(sample.function->write_bytes.has_value() == disk_bytes);
  CHECK(sample.processes.empty() == !high_water_marks);
  CHECK(cpu(sample) == 50ms);
  CHECK(sample.gauges.resident_bytes == 7 * page);
  CHECK(difference(Sample{}, sample).disk_read_bytes.has_value() == disk_bytes);
}

TEST_CASE("a process that has ended and waits to be waited for has time, but no memory and no threads") {
  const FakeProc proc;
  proc.add(10, {.utime = 5, .pages = 7});
  proc.add(11, {.ppid = 10, .utime = 7, .pages = 0, .state = 'Z'});
  Sampler sampler{proc.options(), system_clock_};
  const Sample sample = read(sampler);
  CHECK(cpu(sample) == 120ms);
  CHECK(sample.gauges.processes == 1U);
  CHECK(sample.gauges.threads == 1U);
  CHECK(sample.processes.size() == 1);
}

TEST_CASE("what is left of a function that had ended before the first sample is not measured") {
  const FakeProc proc;
  proc.file(10, "fd/0", "");
  SECTION("it waits to be waited for") {
    proc.add(10, {.utime = 5, .pages = 0, .state = 'Z'});
  }
  SECTION("it ends at this moment") {
    proc.add(10, {.utime = 5, .pages = 0, .state = 'R', .flags = exiting});
  }
  SECTION("a forked child of it lives on") {
    proc.add(12, {.utime = 5, .flags = not_executed});
  }
  Sampler sampler{proc.options(), system_clock_};
  for (int look = 0; look < 3; ++look) {
    const Sample sample = read(sampler);
    CHECK_FALSE(sample.function.has_value());
    CHECK(sample.processes.empty());
    const Gauges& gauges = sample.gauges;
    CHECK_FALSE((gauges.resident_bytes || gauges.open_descriptors || gauges.descriptor_limit || gauges.threads ||
                 gauges.processes));
  }
}

TEST_CASE("a process that has given back its memory since its counters were read has no gauges") {
  const FakeProc proc;
  proc.add(10, {.utime = 5, .pages = 7});
  proc.add(11, {.utime = 5, .pages = 7});
  proc.file(10, "fd/0", "");
  proc.file(11, "statm", "0 0 0 0 0 0 0\n");
  for (const std::string fd : {"0", "1", "2"}) proc.file(11, "fd/" + fd, "");
  Sampler sampler{proc.options(), system_clock_};
  const Sample sample = read(sampler);
  CHECK(cpu(sample) == 100ms);
  CHECK(sample.gauges.resident_bytes == 7 * page);
  CHECK(sample.gauges.open_descriptors == 1U);
  CHECK(sample.gauges.processes == 1U);
}

TEST_CASE("a process whose leading thread has ended is read through another one") {
  const FakeProc proc;
  proc.add(10, {.utime = 5, .threads = 3, .pages = 0, .state = 'Z'});
  proc.file(10, "statm", "0 0 0 0 0 0 0\n");
  const auto thread = [&proc](int tid, const Fake& fake) {
    proc.add_file_set("10/task/" + std::to_string(tid), tid, fake);
  };
  thread(10, {.pages = 0, .state = 'Z'});
  thread(11, {.pages = 0, .state = 'R', .flags = exiting});
  thread(12, {.pages = 7});
  proc.tree.make_file("10/task/12/fd/0", "");
  proc.tree.make_file("10/task/12/status", "Name:\tx\nVmHWM:\t    800 kB\n");
  Sampler sampler{proc.options(), system_clock_};
  const Sample sample = read(sampler);
  CHECK(cpu(sample) == 50ms);
  CHECK(sample.gauges.resident_bytes == 7 * page);
  CHECK(sample.gauges.open_descriptors == 1U);
  CHECK(sample.gauges.threads == 3U);
  REQUIRE(sample.processes.size() == 1);
  CHECK(sample.processes[0].high_water == 800 * kilobyte);

  // That one ends, too, and another one is found; then the last one.
  proc.tree.remove("10/task/12");
  thread(13, {.pages = 9});
  CHECK(read(sampler).gauges.resident_bytes == 9 * page);
  proc.tree.remove("10/task/13");
  CHECK_FALSE(read(sampler).gauges.resident_bytes.has_value());
}

TEST_CASE("descriptors: the most of any process, and the largest limit; unlimited is the system's own") {
  const FakeProc proc;
  proc.add(10, {});
  proc.add(11, {});
  for (const std::string fd : {"0", "1", "2"}) proc.file(10, "fd/" + fd, "");
  proc.file(11, "fd/0", "");
  proc.file(10, "limits", "Max open files            1024                 4096                 files     \n");
  SECTION("limited") {
    Sampler sampler{proc.options(), system_clock_};
    const Sample sample = read(sampler);
    CHECK(sample.gauges.open_descriptors == 3U);
    CHECK(sample.gauges.descriptor_limit == 1024U);
  }
  SECTION("lowered since the last tick") {
    Sampler sampler{proc.options(), system_clock_};
    read(sampler);
    Gauges gauges;
    sampler.read(gauges);
    proc.file(10, "limits", "Max open files            64                   4096                 files     \n");
    CHECK(read(sampler).gauges.descriptor_limit == 64U);
  }
  SECTION("unlimited") {
    proc.file(11, "limits", "Max open files            unlimited            unlimited            files     \n");
    proc.tree.make_file("sys/fs/nr_open", "1048576\n");
    Sampler sampler{proc.options(), system_clock_};
    CHECK(read(sampler).gauges.descriptor_limit == 1048576U);
  }
}

TEST_CASE("the high-water mark and the largest sample of each process") {
  const FakeProc proc;
  proc.add(10, {.pages = 100});
  proc.add(11, {.pages = 30});
  proc.file(10, "status", "Name:\tx\nVmHWM:\t    800 kB\n");
  Sampler sampler{proc.options(), system_clock_};
  read(sampler);
  proc.add(10, {.pages = 150});
  Gauges gauges;
  sampler.read(gauges);
  proc.add(10, {.pages = 90});
  proc.add(11, {.pages = 40});
  const Sample sample = read(sampler);
  REQUIRE(sample.processes.size() == 2);
  CHECK(sample.processes[0].high_water == 800 * kilobyte);
  CHECK(sample.processes[0].resident_max == 150 * page);
  CHECK(sample.processes[0].together_then == 180 * page);
  CHECK_FALSE(sample.processes[1].high_water.has_value());
  CHECK(sample.processes[1].resident_max == 40 * page);
  CHECK(read(sampler).processes[0].resident_max == 90 * page);
}

TEST_CASE("steal is read from /proc/stat as often as there is a sample, and not where it is not wanted") {
  const FakeProc proc;
  proc.tree.make_file("stat", "cpu  1 2 3 4 5 6 7 100 0 0\n");
  Sampler sampler{proc.options(), system_clock_};
  const Sample before = read(sampler);
  CHECK(before.steal == 1s);
  proc.tree.make_file("stat", "cpu  1 2 3 4 5 6 7 142 0 0\n");
  CHECK(difference(before, read(sampler)).steal == 420ms);
  proc.tree.make_file("stat", "cpu  1 2 3 4 5 6 7 0 0 0\n");
  CHECK_FALSE(difference(before, read(sampler)).steal.has_value());
  SamplerOptions unwanted = proc.options();
  unwanted.counters.steal = false;
  Sampler other{unwanted, system_clock_};
  CHECK_FALSE(read(other).steal.has_value());
}
