#include "sampling/accounts.h"

#include <algorithm>
#include <utility>

namespace vitals {

using std::chrono::nanoseconds;

namespace {

// How often an ended process is searched for at its parent: the parent may have been read just before it waited.
constexpr int max_missed = 2;

// What the common parent has waited for counts as the function's, unless it was known to be an extension.
Group counts_for(Group group) {
  return group == Group::init ? Group::function : group;
}

std::uint64_t less(std::uint64_t from, std::uint64_t amount) {
  return from > amount ? from - amount : 0;
}

}  // namespace

void Accounts::update(std::span<const ProcessReading> readings) {
  for (auto& account : accounts_) ++account.missed;
  // Both are in the order in which processes were found, so the account is mostly the one after the last one.
  std::size_t next = 0;
  for (const auto& reading : readings) {
    const auto is_same = [&reading](const Account& account) {
      return account.last.pid == reading.pid && account.last.start_time == reading.start_time;
    };
    std::size_t steps = 0;
    while (steps < accounts_.size() && !is_same(accounts_[next % accounts_.size()])) {
      ++next;
      ++steps;
    }
    if (steps == accounts_.size()) {
      open(reading);
    } else {
      refresh(accounts_[next++ % accounts_.size()], reading);
    }
  }
  match_ended();
  for (auto& account : accounts_) {
    if (account.missed == 0) estimate_children(account);
  }
}

void Accounts::open(const ProcessReading& reading) {
  Account& account = accounts_.emplace_back();
  account.last = reading;
  refresh(account, reading);
  if (reading.group == Group::function) function_seen_ = true;
  if (reading.group == Group::extension) extensions_seen_ = true;
  if (reading.group != Group::init) {
    account.new_faults = reading.cminflt;
    return;
  }
  // What it had waited for before counts for nobody. Of what the ticks leave open, the middle is the best guess.
  account.seen_faults = reading.cminflt;
  account.seen = reading.children_ticks.total() + tick_;
  estimate_children(account);
  account.not_ours = used_by(account);
}

void Accounts::refresh(Account& account, const ProcessReading& reading) {
  if (reading.group != account.last.group) {
    // A process that turned out to belong to the other group: what it has used so far stays with the first one.
    const Sum before = used_by(account);
    add(lost(account.last.group), before);
    add(account.not_ours, before);
    if (reading.group == Group::extension) extensions_seen_ = true;
  }
  account.missed = 0;
  account.new_faults = less(reading.cminflt, account.last.cminflt);
  account.last = reading;
  // The common parent's own time is not the function's. A clock may be a moment behind its last reading.
  const nanoseconds clock = std::max(account.own.total(), reading.clock.value_or(reading.own_ticks.total()));
  if (reading.group != Group::init) account.own = split(clock, reading.own_ticks, tick_);
}

void Accounts::estimate_children(Account& account) const {
  const ProcessReading& last = account.last;
  const nanoseconds ticks = last.children_ticks.total();
  const nanoseconds low = std::max(ticks - account.seen, nanoseconds{0});
  // Each of the two is less than one tick below the true value; without a page fault there was no child.
  const nanoseconds high = last.cminflt == 0 ? low : std::max(ticks + 2 * tick_ - account.seen, low);
  const nanoseconds unseen =
      account.unseen.update(less(last.cminflt, account.seen_faults), low, high, std::exchange(account.growth, {}));
  account.children = split(account.seen + unseen, last.children_ticks, tick_);
}

// For each ended process, decides whether its time is now included in that of the process that waited for it.
void Accounts::match_ended() {
  ended_.clear();
  for (std::size_t i = 0; i < accounts_.size(); ++i) {
    if (accounts_[i].missed > 0) ended_.push_back(i);
  }
  if (ended_.empty()) return;
  // Those with most faults first: the remainder then shows best whether the smaller ones are included.
  std::sort(ended_.begin(), ended_.end(), [this](std::size_t left, std::size_t right) {
    const auto faults = [this](std::size_t i) { return accounts_[i].last.minflt + accounts_[i].last.cminflt; };
    return faults(left) > faults(right);
  });
  bool given_up = false;
  for (const std::size_t i : ended_) {
    Account& ended = accounts_[i];
    if (Account* const reaper = reaper_of(ended)) {
      hand_over(*reaper, ended);
      ended.missed = max_missed + 1;
    } else if (ended.missed == max_missed) {
      add(lost(counts_for(ended.last.group)), used_by(ended));
      ++ended.missed;
    }
    given_up |= ended.missed > max_missed;
  }
  if (given_up) std::erase_if(accounts_, [](const Account& account) { return account.missed > max_missed; });
}

// The live process whose children's time includes that of `ended`: its parent, or, if that has ended too, the nearest
// live ancestor, or else the common parent, which inherits orphans. Null if there is none.
Accounts::Account* Accounts::reaper_of(const Account& ended) {
  const Account* child = &ended;
  for (std::size_t steps = 0; steps < accounts_.size(); ++steps) {
    const auto parent = std::find_if(accounts_.begin(), accounts_.end(),
                                     [child](const Account& account) { return account.last.pid == child->last.ppid; });
    if (parent == accounts_.end()) break;
    if (parent->missed == 0) {
      if (covers(*parent, ended)) return &*parent;
      break;
    }
    child = &*parent;
  }
  const auto init = std::find_if(accounts_.begin(), accounts_.end(), [](const Account& account) {
    return account.last.group == Group::init && account.missed == 0;
  });
  return init != accounts_.end() && covers(*init, ended) ? &*init : nullptr;
}

bool Accounts::covers(const Account& reaper, const Account& ended) const {
  const nanoseconds used = ended.own.total() + ended.children.total();
  // Each of the two may be nearly a tick more, and the earlier time of the common parent is known only to a tick.
  const int ticks_more = reaper.last.group == Group::init ? 3 : 2;
  const nanoseconds room = reaper.last.children_ticks.total() + ticks_more * tick_ - reaper.seen - reaper.growth;
  return ended.last.minflt + ended.last.cminflt <= reaper.new_faults && used <= room;
}

void Accounts::hand_over(Account& reaper, const Account& ended) {
  const std::uint64_t faults = ended.last.minflt + ended.last.cminflt;
  reaper.new_faults = less(reaper.new_faults, faults);
  const nanoseconds time = ended.own.total() + ended.children.total();
  if (time > 2 * tick_) {
    reaper.seen_faults += faults;
    reaper.seen += time;
  } else {
    // Perhaps one of many short ones. Faults and time of a whole child give the ratio for the others.
    reaper.growth += time;
  }
  add(reaper.not_ours, ended.not_ours);
  if (reaper.last.group != Group::init) return;
  // The bytes are in /proc/PID/io of the common parent, which belongs to another user.
  Sum used = used_by(ended);
  add(lost(ended.last.group), {{}, 0, used.io});
  if (ended.last.group == Group::extension) {
    used.io = {};
    add(lost_extensions_, used);
    add(reaper.not_ours, used);
  }
}

std::uint64_t Accounts::unseen_faults() const {
  std::uint64_t faults = 0;
  for (const auto& account : accounts_) {
    if (account.missed == 0 && counts_for(account.last.group) == Group::function) faults += account.new_faults;
  }
  return faults;
}

void Accounts::add(Sum& sum, const Sum& more) {
  sum.cpu += more.cpu;
  sum.majflt += more.majflt;
  sum.io.read += more.io.read;
  sum.io.written += more.io.written;
}

Accounts::Sum Accounts::used_by(const Account& account) {
  const IoBytes io = account.last.io.value_or(IoBytes{});
  const CpuTime cpu = account.own + account.children;
  const Sum& without = account.not_ours;
  return {{cpu.user - without.cpu.user, cpu.system - without.cpu.system},
          less(account.last.majflt, without.majflt),
          {less(io.read, without.io.read), less(io.written, without.io.written)}};
}

std::optional<Totals> Accounts::totals(Group group) const {
  if (!(group == Group::extension ? extensions_seen_ : function_seen_)) return std::nullopt;
  Sum sum = group == Group::extension ? lost_extensions_ : lost_function_;
  bool io_denied = false;
  bool all_gone = true;
  for (const auto& account : accounts_) {
    if (account.last.group == group && account.missed == 0) all_gone = false;
    if (counts_for(account.last.group) != group) continue;
    add(sum, used_by(account));
    io_denied |= account.last.io_denied && account.missed == 0;
  }
  Totals totals{.cpu = sum.cpu, .major_faults = sum.majflt, .read_bytes = {}, .write_bytes = {}, .all_gone = all_gone};
  if (!io_denied) {
    totals.read_bytes = sum.io.read;
    totals.write_bytes = sum.io.written;
  }
  return totals;
}

}  // namespace vitals
