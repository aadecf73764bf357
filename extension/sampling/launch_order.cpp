#include "sampling/launch_order.h"

#include <algorithm>

namespace vitals {

LaunchOrder::LaunchOrder(std::optional<Origin> parent, std::optional<Origin> self, std::size_t others)
    : parent_(parent), self_(self), missing_(others), first_(self_) {
}

// Whether the platform has just forked it and it has not called exec yet.
bool LaunchOrder::launching(const Origin& child) const {
  if (child.executed || !parent_) return false;
  if (child.startstack != 0 && parent_->startstack != 0) return child.startstack == parent_->startstack;
  return child.name == parent_->name;
}

// Whether the platform may have started it. The emulator puts each program into its own process group, others into its
// own session, and this extension like all. If it does neither, every process that has called exec may be the
// platform's, because an extension can start a session itself.
bool LaunchOrder::launched(const Origin& child) const {
  if (!child.executed) return launching(child);
  if (!self_ || self_->pgrp != self_->pid) return true;
  if (child.pgrp != child.pid) return false;
  return self_->session == self_->pid ? child.session == child.pid : child.session == self_->session;
}

void LaunchOrder::take(const Origin& extension) {
  if (missing_ > 0) --missing_;
  if (!first_ || started_before(extension, *first_)) first_ = extension;
}

void LaunchOrder::judge(std::span<Child> children) {
  std::sort(children.begin(), children.end(),
            [](const Child& one, const Child& other) { return started_before(one.origin, other.origin); });
  // First those that still run their file. As many others follow as there are files left.
  for (auto& child : children) {
    if (!child.runs_file) continue;
    child.group = Group::extension;
    if (launched(child.origin)) take(child.origin);
  }
  for (auto& child : children) {
    if (child.group || runtime_ || !launched(child.origin)) continue;
    if (missing_ == 0) {
      runtime_ = child.origin;
      child.group = Group::function;
    } else if (!child.origin.ended) {  // an extension that ends takes the sandbox with it, so this one is older
      take(child.origin);
      child.group = Group::extension;
    }
  }
}

bool LaunchOrder::before_runtime(const Origin& orphan) const {
  return runtime_ && started_before(orphan, *runtime_) && (!first_ || started_before(*first_, orphan));
}

bool LaunchOrder::ties_to(const Origin& orphan, const Origin& process) const {
  const auto shared = [this](pid_t Origin::*member, const Origin& of) {
    return (parent_ && of.*member == (*parent_).*member) || (self_ && of.*member == (*self_).*member);
  };
  const auto same = [&](pid_t Origin::*member) {
    return orphan.*member != 0 && orphan.*member == process.*member && !shared(member, process);
  };
  if (same(&Origin::session) || same(&Origin::pgrp)) return true;
  return !orphan.executed && orphan.startstack != 0 && orphan.startstack == process.startstack;
}

}  // namespace vitals
