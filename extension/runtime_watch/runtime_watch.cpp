#include "runtime_watch/runtime_watch.h"

#include <algorithm>

namespace vitals::runtime {

namespace {

// Whether the last data on the connection went from the runtime to the API: a request without its answer yet. Within
// one tick of the kernel both look equally old; a request comes after the answer to the one before it.
bool waits_for_answer(const RuntimeConnection& connection) {
  return connection.data_segments_received == 0 || connection.since_last_sent <= connection.since_last_received;
}

// The same beyond doubt.
bool surely_waits(const RuntimeConnection& connection) {
  return connection.data_segments_sent > 0 &&
         (connection.data_segments_received == 0 || connection.since_last_sent < connection.since_last_received);
}

bool same_traffic(const RuntimeConnection& one, const RuntimeConnection& other) {
  return one.inode == other.inode && one.data_segments_sent == other.data_segments_sent &&
         one.data_segments_received == other.data_segments_received;
}

}  // namespace

void RuntimeWatch::start(SteadyTime now, const std::vector<RuntimeConnection>& connections) {
  at_start_ = connections;
  started_at_ = now;
  waiting_at_start_.reset();
  for (const auto& connection : connections) {
    const bool since_before =
        connection.since_last_sent > settling || (settled_ && same_traffic(connection, *settled_));
    if (surely_waits(connection) && !since_before) waiting_at_start_ = connection;
  }
  // A runtime sends nothing while it waits. What was seen waiting before and has sent more since is a quick function
  // that has already answered.
  for (auto& connection : at_start_) {
    if (settled_ && connection.inode == settled_->inode) connection = *settled_;
    // Before its first invocation a runtime has sent one thing, the request for it.
    if (!started_ && connection.data_segments_received > 0 && !surely_waits(connection)) {
      connection.data_segments_sent = 1;
    }
  }
  started_ = true;
  last_look_ = now;
  last_quiet_ = now;
  waiting_.reset();
  settled_.reset();
  thawed_ = false;
}

bool RuntimeWatch::sent_since_start(const RuntimeConnection& connection) const {
  const auto before = std::find_if(at_start_.begin(), at_start_.end(), [&connection](const RuntimeConnection& other) {
    return other.inode == connection.inode;
  });
  return connection.data_segments_sent > (before == at_start_.end() ? 0 : before->data_segments_sent);
}

// The connection on which the runtime has sent last, of those on which it has sent anything since the INVOKE.
const RuntimeConnection* RuntimeWatch::newest_request(const std::vector<RuntimeConnection>& connections) const {
  const RuntimeConnection* newest = nullptr;
  for (const auto& connection : connections) {
    if (!sent_since_start(connection)) continue;
    if (newest == nullptr || connection.since_last_sent < newest->since_last_sent) newest = &connection;
  }
  return newest;
}

// Whether what was sent last was sent late in a long time without a look: after a freeze that is a quick answer to the
// INVOKE that ended it.
bool RuntimeWatch::after_a_freeze(SteadyTime now, const RuntimeConnection& newest) const {
  return newest.since_last_sent < now - last_look_ - no_look;
}

// When what waited at the INVOKE has still not had an answer, it does not wait for this INVOKE: it was the runtime's
// request for the next one, before anybody looked.
std::optional<SteadyTime> RuntimeWatch::over_at_start(SteadyTime now,
                                                      const std::vector<RuntimeConnection>& connections) {
  if (!waiting_at_start_) return std::nullopt;
  const bool unchanged = std::any_of(connections.begin(), connections.end(), [this](const auto& connection) {
    return same_traffic(connection, *waiting_at_start_);
  });
  // What has received something and sent nothing since is a runtime that works.
  const bool works = std::any_of(connections.begin(), connections.end(), [this](const auto& connection) {
    const auto before = std::find_if(at_start_.begin(), at_start_.end(),
                                     [&connection](const auto& other) { return other.inode == connection.inode; });
    return before != at_start_.end() && connection.data_segments_received > before->data_segments_received;
  });
  if (!unchanged || works) waiting_at_start_.reset();
  if (!waiting_at_start_ || now - started_at_ < answered_by) return std::nullopt;
  settled_ = waiting_at_start_;
  return started_at_;
}

std::optional<SteadyTime> RuntimeWatch::observe(SteadyTime now, const std::vector<RuntimeConnection>& connections) {
  const RuntimeConnection* const newest = newest_request(connections);
  if (newest != nullptr && after_a_freeze(now, *newest)) thawed_ = true;
  last_look_ = now;
  if (newest != nullptr) waiting_at_start_.reset();
  if (newest == nullptr || !waits_for_answer(*newest)) {
    if (newest == nullptr && !waiting_) last_quiet_ = now;
    waiting_.reset();
    return newest == nullptr ? over_at_start(now, connections) : std::nullopt;
  }
  const bool as_before =
      waiting_ && waiting_->inode == newest->inode && waiting_->data_segments_sent == newest->data_segments_sent;
  if (!as_before) {
    // The kernel's tick is coarse: it cannot have been before the last look that found nothing new.
    asked_ = std::clamp(now - newest->since_last_sent, last_quiet_, now);
    last_quiet_ = now;
    waiting_ = *newest;
  }
  if (now - asked_ < settling) return std::nullopt;
  settled_ = waiting_;
  return asked_;
}

std::optional<SteadyTime> RuntimeWatch::last_look(SteadyTime now, const std::vector<RuntimeConnection>& connections) {
  if (!connections.empty()) static_cast<void>(observe(now, connections));
  return waiting_ ? std::optional{asked_} : std::nullopt;
}

std::optional<SteadyTime> RuntimeWatch::conclude(SteadyTime now, const std::vector<RuntimeConnection>& connections) {
  const RuntimeConnection* const newest = newest_request(connections);
  if (newest == nullptr) return std::nullopt;
  if (thawed_ || after_a_freeze(now, *newest)) return std::nullopt;
  return std::clamp(now - newest->since_last_sent, last_quiet_, now);
}

}  // namespace vitals::runtime
