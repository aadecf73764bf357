// Which processes are the function's: the strict descendants of the common parent, without this extension and without
// the other extensions, each with its descendants. Pure: it is given the parent of each process.
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <optional>
#include <span>

#include "sampling/accounts.h"

namespace vitals {

// A newly discovered process.
struct Newcomer {
  pid_t pid = 0;
  pid_t ppid = 0;
  std::optional<Group> is;     // of a child of the common parent: its group; absent: not decided yet
  std::optional<Group> group;  // result of assign_groups(); absent: none of ours
};

// Decides the group of every newcomer. A child of `parent` belongs to its `is`, any other process to the group of its
// parent: a newcomer, or a known process, for which `known(pid)` returns std::optional<Group>. `decided(newcomer)` is
// called for each newcomer that gets a group, parents before their children. Newcomers should be in ascending order of
// pid.
template <class Known, class Decided>
void assign_groups(std::span<Newcomer> newcomers, pid_t parent, Known known, Decided decided) {
  // A machine may have many thousands of processes at the first sample.
  const auto older = [](const Newcomer& one, pid_t pid) { return one.pid < pid; };
  const bool ascending = std::is_sorted(newcomers.begin(), newcomers.end(),
                                        [](const Newcomer& a, const Newcomer& b) { return a.pid < b.pid; });
  const auto group_of = [&](const Newcomer& newcomer) -> std::optional<Group> {
    const pid_t ppid = newcomer.ppid;
    if (newcomer.pid == parent) return std::nullopt;
    if (ppid == parent) return newcomer.is;
    const auto other = ascending ? std::lower_bound(newcomers.begin(), newcomers.end(), ppid, older)
                                 : std::find_if(newcomers.begin(), newcomers.end(),
                                                [ppid](const Newcomer& one) { return one.pid == ppid; });
    if (other != newcomers.end() && other->pid == ppid && other->group) return other->group;
    return known(ppid);
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (auto& newcomer : newcomers) {
      if (newcomer.group) continue;
      newcomer.group = group_of(newcomer);
      if (!newcomer.group) continue;
      changed = true;
      decided(newcomer);
    }
  }
}

}  // namespace vitals
