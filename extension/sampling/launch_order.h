// LaunchOrder: which children of the common parent are other extensions, by how the platform starts them. Pure.
//
// The platform starts each plain file of the extensions' folder as its own child, and the runtime only when all of
// them have registered (in the emulator's source: rapid/handlers, doInitExtensions, doRuntimeBootstrap). So, in order
// of their start, the first of the platform's children are the extensions, as many as there are files, and the next one
// is the runtime. Whether an extension has called exec since, and where that program lies, does not matter.
//
//
// Children of the common parent that the platform did not start are orphans: their parents have ended. An orphan that
// started before the runtime is an extension's. One that started later is an extension's if something connects it with
// one (ties_to()), else the function's.
//
// With a single file in the folder, this extension's, there are no others, and nothing is decided.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "sampling/accounts.h"

namespace vitals {

// How a process was started: fields of /proc/PID/stat, under their names.
struct Origin {
  pid_t pid = 0;
  pid_t ppid = 0;
  pid_t pgrp = 0;
  pid_t session = 0;
  std::uint64_t start_time = 0;
  std::uint64_t startstack = 0;  // fork keeps it, exec randomizes it; 0: not known
  std::array<char, 16> name{};   // comm, filled up with NULs; exec sets it
  bool executed = true;          // it has called exec since it was forked
  bool ended = false;
};

// The kernel assigns pids in ascending order, so they order processes that started within the same clock tick.
[[nodiscard]] inline bool started_before(const Origin& one, const Origin& other) {
  return one.start_time != other.start_time ? one.start_time < other.start_time : one.pid < other.pid;
}

class LaunchOrder {
 public:
  // `parent` and `self`: the common parent and this extension, which the platform started like the others; absent if
  // they cannot be read. `others`: the number of plain files beside this extension's own.
  LaunchOrder(std::optional<Origin> parent, std::optional<Origin> self, std::size_t others);

  // A newly discovered child of the common parent.
  struct Child {
    Origin origin;
    bool runs_file;              // its program is a plain file of the extensions' folder
    std::optional<Group> group;  // extension, or function for the runtime; absent: an orphan, or not decided
    std::size_t newcomer;        // not used here: an index for the caller
  };

  // Decides the group of each newly discovered child, without this extension itself. Sorts them in the order of their
  // start.
  void judge(std::span<Child> children);

  [[nodiscard]] bool runtime_known() const { return runtime_.has_value(); }

  // Whether a child of the common parent can be the runtime: it has called exec, or is about to.
  [[nodiscard]] bool may_be_runtime(const Origin& child) const { return child.executed || launching(child); }

  // Whether an orphan started after the first extension and before the runtime, and so is an extension's. False while
  // the runtime is not known.
  [[nodiscard]] bool before_runtime(const Origin& orphan) const;

  // Whether `orphan` is in the session or in the process group of `process`, unless the platform put all its children
  // there, or runs the same image (fork without exec).
  [[nodiscard]] bool ties_to(const Origin& orphan, const Origin& process) const;

 private:
  [[nodiscard]] bool launching(const Origin& child) const;
  [[nodiscard]] bool launched(const Origin& child) const;
  void take(const Origin& extension);

  std::optional<Origin> parent_;
  std::optional<Origin> self_;
  std::size_t missing_;          // extensions not found yet
  std::optional<Origin> first_;  // the extension that started first, among those found
  std::optional<Origin> runtime_;
};

}  // namespace vitals
