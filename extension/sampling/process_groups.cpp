// Which processes are followed, and in which group: the part of ProcessSet that classifies newly discovered processes.
#include <fcntl.h>

#include <algorithm>

#include "procfs/directory.h"
#include "sampling/process_set.h"

namespace vitals {

void ProcessSet::find_new(std::span<char> buffer) {
  newcomers_.clear();
  children_.clear();
  const auto candidates = finder_.candidates(buffer);
  if (finder_.started_any()) ++changes_;
  for (const pid_t pid : candidates) {
    if (pid == ancestry_.parent) continue;
    Process process{proc_, pid, Group::ignored, false, kernel_proc_};
    if (const Member* member = find(pid)) {
      // Known, or another process with the same pid.
      if (kernel_proc_ || !process.read_counters(buffer, units_)) continue;
      if (process.reading().start_time == member->process.reading().start_time) continue;
    } else if (!process.read_counters(buffer, units_)) {
      continue;
    }
    newcomers_.push_back({.pid = pid, .ppid = process.reading().ppid, .is = {}, .group = {}});
    if (process.reading().ppid == ancestry_.parent) meet_child(process, buffer);
  }
  if (newcomers_.empty()) return;
  judge_children();
  assign(buffer);
  if (children_.empty()) return;
  // What connects an orphan with an extension may be one of its descendants, so these come first.
  judge_orphans();
  assign(buffer);
}

// The newest newcomer is a child of the common parent. If there are other extensions, it is classified later.
void ProcessSet::meet_child(const Process& process, std::span<char> buffer) {
  if (!other_extensions_) count_other_extensions(buffer);
  const Origin& origin = process.origin();
  // Only if it can be needed: it reads two files.
  if (!launch_order_ && (*other_extensions_ > 0 || !origin.executed)) create_launch_order(buffer);
  Newcomer& newcomer = newcomers_.back();
  if (origin.pid == ancestry_.self) {
    newcomer.is = Group::ignored;
  } else if (*other_extensions_ == 0) {
    newcomer.is = Group::function;
    see_function(origin);
  } else {
    const bool runs_file = process.runs_file_of(ancestry_.extension_directory, buffer);
    children_.push_back({.origin = origin, .runs_file = runs_file, .group = {}, .newcomer = newcomers_.size() - 1});
  }
}

// Called at the first sample, not at the start, which every function waits for.
void ProcessSet::count_other_extensions(std::span<char> buffer) {
  // An empty name opens nothing.
  const FileDescriptor folder{::open(ancestry_.extension_directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  const auto files = folder ? procfs::count_plain_files(folder.get(), buffer) : Result<std::uint64_t>{0};
  other_extensions_ = files && *files > 1 ? *files - 1 : 0;
}

void ProcessSet::create_launch_order(std::span<char> buffer) {
  const auto origin_of = [&](pid_t pid) {
    Process process{proc_, pid, Group::ignored, false, kernel_proc_};
    return process.read_counters(buffer, units_) ? std::optional{process.origin()} : std::nullopt;
  };
  const auto parent = origin_of(ancestry_.parent);
  launch_order_.emplace(parent, origin_of(ancestry_.self), other_extensions_.value_or(0));
}

void ProcessSet::see_function(const Origin& child) {
  runtime_seen_ |= !child.ended && (child.executed || launch_order_->may_be_runtime(child));
}

// Classifies the children of the common parent, except orphans.
void ProcessSet::judge_children() {
  if (children_.empty()) return;
  const bool runtime_known = launch_order_->runtime_known();
  launch_order_->judge(children_);
  if (!runtime_known && launch_order_->runtime_known()) correct_orphans();
  for (const auto& child : children_) {
    newcomers_[child.newcomer].is = child.group;
    if (child.group == Group::function) see_function(child.origin);
  }
}

// Classifies the orphans. Everything decided before is among the members.
void ProcessSet::judge_orphans() {
  const auto is_tied_to_extension = [this](const Origin& orphan) {
    return std::any_of(members_.begin(), members_.end(), [&](const Member& member) {
      return member.process.group() == Group::extension && launch_order_->ties_to(orphan, member.process.origin());
    });
  };
  for (const auto& child : children_) {
    if (child.group) continue;
    const bool is_extension = launch_order_->before_runtime(child.origin) || is_tied_to_extension(child.origin);
    newcomers_[child.newcomer].is = is_extension ? Group::extension : Group::function;
    if (!is_extension) see_function(child.origin);
  }
}

// When the runtime is found, orphans that were found before it turn out to be an extension's, with their descendants.
void ProcessSet::correct_orphans() {
  for (auto& member : members_) {
    Process& process = member.process;
    if (process.group() != Group::function) continue;
    const pid_t ppid = process.reading().ppid;
    const Member* const parent = find(ppid);
    if ((ppid == ancestry_.parent && launch_order_->before_runtime(process.origin())) ||
        (parent != nullptr && parent->process.group() == Group::extension)) {
      process.set_group(Group::extension);
    }
  }
}

// Makes members of the newcomers that belong to a group, if that is decided.
void ProcessSet::assign(std::span<char> buffer) {
  assign_groups(
      newcomers_, ancestry_.parent,
      [&](pid_t pid) -> std::optional<Group> {
        const Member* const member = find(pid);
        return member != nullptr ? std::optional{member->process.group()} : std::nullopt;
      },
      [&](const Newcomer& newcomer) {
        if (members_.size() == max_followed) return;
        const bool keep_open = members_.size() < kept_open_ && *newcomer.group != Group::ignored;
        Member& member = members_.emplace_back(Process{proc_, newcomer.pid, *newcomer.group, keep_open, kernel_proc_});
        // Its origin is needed for the orphans. If it has exited meanwhile, read_counters() will find that out.
        if (newcomer.group == Group::extension) (void)member.process.read_counters(buffer, units_);
      });
}

}  // namespace vitals
