// FakeProc: a /proc built in code, of a sandbox with its init process and whatever a test adds.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "sampling/sampler.h"
#include "support/temporary_directory.h"

namespace vitals::test {

inline constexpr pid_t self = 50;
inline constexpr pid_t init = 1;
inline constexpr std::uint64_t page = 4096;
inline constexpr std::uint64_t kilobyte = 1024;

// What a process of the fixture has; ticks of 10 ms, pages of 4 KB.
struct Fake {
  std::string name = "bootstrap";
  int ppid = init;
  int utime = 0;
  int stime = 0;
  int threads = 1;
  int start_time = 1000;
  int pages = 100;
  char state = 'S';
  int pgrp = 1;
  int session = 1;
  unsigned flags = 0;
};

inline constexpr unsigned exiting = 0x4;
inline constexpr unsigned not_executed = 0x40;

class FakeProc {
 public:
  FakeProc() {
    add(init, {.name = "init", .ppid = 0});
    tree.make_file("opt/extensions/lambda-vitals", "");
  }

  void add(pid_t pid, const Fake& fake) const { add_file_set(std::to_string(pid), pid, fake); }
  void add_file_set(const std::string& folder, pid_t pid, const Fake& fake) const {
    const std::string directory = folder + "/";
    tree.make_file(directory + "stat",
                   std::to_string(pid) + " (" + fake.name + ") " + fake.state + " " + std::to_string(fake.ppid) + " " +
                       std::to_string(fake.pgrp) + " " + std::to_string(fake.session) + " 0 -1 " +
                       std::to_string(fake.flags) + " 0 0 0 0 " + std::to_string(fake.utime) + " " +
                       std::to_string(fake.stime) + " 0 0 20 0 " + std::to_string(fake.threads) + " 0 " +
                       std::to_string(fake.start_time) + " 0 " + std::to_string(fake.pages) + " 0 0 0 0 0 0 0 0 0\n");
    tree.make_file(directory + "statm", "1000 " + std::to_string(fake.pages) + " 0 0 0 0 0\n");
  }
  // Another extension's file in the folder, and its process, whatever that runs.
  void extension(pid_t pid, const std::string& executable) const {
    add(pid, {.name = "extension", .utime = 3, .start_time = 900, .pages = 50});
    if (!executable.empty()) tree.make_link(std::to_string(pid) + "/exe", executable);
    tree.make_file("opt/extensions/other-" + std::to_string(pid), "");
  }
  void file(pid_t pid, const std::string& name, const std::string& content) const {
    tree.make_file(std::to_string(pid) + "/" + name, content);
  }
  void remove(pid_t pid) const { tree.remove(std::to_string(pid)); }

  [[nodiscard]] SamplerOptions options() const {
    SamplerOptions options;
    options.proc_root = tree.path();
    options.tmp_path = tree.path();
    options.self = self;
    options.parent = init;
    options.extension_directory = tree.path() + "/opt/extensions";
    return options;
  }

  TemporaryDirectory tree;
};

}  // namespace vitals::test
